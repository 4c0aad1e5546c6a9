// Sentences that the helper says in English, in the reader's language: they also stand in its log.

import { language } from "./l10n.js";

let sentences = {};

export async function load_said() {
  if (language() === "en") return;
  const answer = await fetch(`/said.${language()}.json`);
  if (answer.ok) sentences = await answer.json();
}

/** The sentence as it came where there is no other. */
export const said = (sentence) => (Object.hasOwn(sentences, sentence) ? sentences[sentence] : sentence);
