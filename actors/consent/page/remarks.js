// What has to be said beside a picture: what was hidden in it, why it shows nothing, why there is none.

import { t } from "./l10n.js";
import { said } from "./said.js";

const by = (id) => document.getElementById(id);

/** True for a picture that could not be taken: it has no pixels. */
export const is_lost = (picture) => Boolean(picture?.note?.startsWith("lost_"));

/** Why the picture cannot be sent. */
export const failure = (picture) =>
  is_lost(picture) ? t(`note.${picture.note}`) : t("picture.failed", { why: said(picture.failed) });

/** "*KeePass*" is shown as people would write it. */
const plain = (pattern) => pattern.replace(/^\*+|\*+$/g, "");

function hidden(picture) {
  const rules = picture.hidden_by.map((each) => t("hidden.rule", { rule: plain(each) })).join(", ");
  return t(rules ? "hidden.windows" : "hidden.unknown", { n: picture.hidden, rules });
}

export function show_remarks(picture) {
  const lost = is_lost(picture);
  const sentences = [];
  if (picture.note && !lost) sentences.push(t(`note.${picture.note}`));
  if (picture.hidden > 0) sentences.push(hidden(picture));
  by("remark").textContent = sentences.join(" ");
  by("remark").hidden = sentences.length === 0;
  by("lost").hidden = !lost;
  by("lost").querySelector("pre").textContent = lost ? picture.failed : "";
}
