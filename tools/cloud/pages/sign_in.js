import { load, t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";

await load({ base: "/assets/" });
document.title = t("sign_in.page");

const form = document.querySelector("#sign-in");
const problem = document.querySelector("#problem");

/** Where to go afterwards: a path of this console, nothing else. */
function destination() {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  const ours = /^\/(tickets(\/\d+)?|machines(\/[0-9a-f-]{36})?|commands(\/(new|[0-9a-f-]{36}))?|alerts|audit)(\?[^#]*)?$/;
  return ours.test(to) ? to : "/tickets";
}

function say(why) {
  const text = {
    0: t("error.offline"),
    401: t("sign_in.wrong"),
    429: why.code === "busy" ? t("sign_in.busy") : t("sign_in.too_many", { n: Number(why.message.match(/\d+/)?.[0] ?? 15) }),
    503: t("error.unavailable"),
  }[why.status] ?? t("error.other");
  replace(problem, h("p.note.bad", text));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  replace(problem);
  try {
    await call("session", {
      method: "POST",
      stay: true,
      body: { name: form.elements.name.value.trim(), password: form.elements.password.value },
    });
    location.replace(destination());
  } catch (why) {
    say(why);
    button.disabled = false;
    form.elements.password.select();
  }
});
// Before this a press of Return must do nothing: the browser's own way of sending would not come here.
form.querySelector("button").disabled = false;
