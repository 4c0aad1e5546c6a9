// One request as an article: what it would do, exactly, or what became of it.
import { exact, t } from "./l10n.js";
import { h } from "./dom.js";
import { audience, reading, summary } from "./reading.js";
import { visible } from "./visible.js";

/** `actions` makes the buttons (`sign`, `refuse`, `give_up`, `again`) and takes a lifetime (`choose`). */
export function article(request, cloud, actions) {
  const title = `request-${request.id}`;
  const content = { waiting, posting, sent, failed, refused }[request.stage](request, actions, cloud);
  const heading = request.stage === "waiting" ? "h2" : "h3";
  return h("article.request", { tabindex: "-1", "aria-labelledby": title, "data-stage": request.stage, "data-id": request.id },
    h(heading, { id: title }, visible(summary(request.reading)), " ", h("span.muted", t("request.for", { n: request.audience.length }))), ...content);
}

function details(request) {
  return h("details", h("summary", t("signer.raw")), h("pre.code", { tabindex: "0" }, visible(request.payload)));
}

function machines(request) {
  return h("section", h("h3", t("signer.machines")), audience(request.audience),
    request.audience.some((one) => one.hint) ? h("p.muted.small", t("audience.about")) : null);
}

function waiting(request, actions) {
  const lifetime = h("select", { on: { change: () => actions.choose(request, Number(lifetime.value)) } },
    [300, 3600, 86400].map((seconds) => h("option", { value: seconds, selected: seconds === request.lifetime_s }, t(`lifetime.${seconds}`))));
  return [machines(request), ...reading(request.reading),
    h("section.until", h("label", h("span", t("signer.good_for")), lifetime),
      h("p.muted", t("signer.until", { from: exact(new Date(request.issued * 1000)), until: exact(new Date(request.expires * 1000)) }))),
    h("div", details(request), h("div.end")),
    h("div.actions", h("p.muted.small.grow", { id: "gate" }, t("signer.not_seen")), actions.refuse(request), actions.sign(request))];
}

function posting(request) {
  return [machines(request), h("p", { role: "status" }, t("signer.posting"))];
}

function sent(request, actions, cloud) {
  const url = new URL(`/commands/${request.jti}`, cloud);
  return [h("p.note.good", { role: "status" }, t("signer.sent", { n: request.machines }), " ",
    h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, t("signer.console"))), details(request)];
}

function failed(request, actions) {
  return [machines(request),
    h("div.note.bad", { role: "status" }, h("p", h("strong", t("signer.failed"))), h("p", visible(request.said))), details(request),
    h("div.actions", actions.give_up(request), actions.again(request))];
}

function refused() {
  return [h("p.muted", { role: "status" }, t("signer.refused"))];
}
