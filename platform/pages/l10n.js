// The message catalogue of a page: one JSON object a language, {"key": "text with {name}"} or, where a number
// decides, {"key": {"one": "{n} picture", "other": "{n} pictures"}} (CLDR plural categories, chosen by `n`).

let messages = {};
let current = "en";
let region = "en"; // the same language as the reader has it, for dates and numbers: "en-GB"

/** The language of the texts: "en" or "de". */
export function language() {
  return current;
}

/** Picks the first of `wanted` (BCP 47 tags) whose primary language is supported, else the first supported. */
export function choose(wanted, supported) {
  for (const tag of wanted) {
    const primary = String(tag).toLowerCase().split("-")[0];
    if (supported.includes(primary)) return primary;
  }
  return supported[0];
}

/**
 * Loads `<base><language>.json`, sets <html lang> and fills the document.
 * `forced` is a configured language, or empty for the browser's. English fills what another language lacks.
 */
export async function load({ base = "/", supported = ["en", "de"], forced = "" } = {}) {
  current = choose(forced ? [forced, ...navigator.languages] : navigator.languages, supported);
  const catalogue = async (name) => {
    const answer = await fetch(`${base}${name}.json`);
    if (!answer.ok) throw new Error(`message catalogue ${name}: HTTP ${answer.status}`);
    return answer.json();
  };
  const [fallback, chosen] = await Promise.all([
    catalogue(supported[0]),
    current === supported[0] ? {} : catalogue(current),
  ]);
  use(current, { ...fallback, ...chosen });
  region = navigator.languages.find((tag) => choose([tag], ["", current]) === current) ?? current;
  document.documentElement.lang = current;
  fill(document);
}

/** Sets the catalogue directly; `where` is for dates and numbers: "en-GB". */
export function use(name, catalogue, where = name) {
  current = name;
  region = where;
  messages = catalogue;
}

/** The text for a key with its {placeholders} filled; the key itself when there is none. Numbers are formatted. */
export function t(key, values = {}) {
  let text = Object.hasOwn(messages, key) ? messages[key] : key;
  if (typeof text === "object") {
    const form = new Intl.PluralRules(current).select(Number(values.n));
    text = text[form] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!Object.hasOwn(values, name)) return whole;
    const value = values[name];
    return typeof value === "number" ? new Intl.NumberFormat(region).format(value) : String(value);
  });
}

/** True when the catalogue has this key. */
export function has(key) {
  return Object.hasOwn(messages, key);
}

/**
 * Fills static HTML: data-l10n="key" sets the text, data-l10n-placeholder, data-l10n-title and data-l10n-label
 * (aria-label) the attribute of that name.
 */
export function fill(root) {
  for (const node of root.querySelectorAll("[data-l10n]")) node.textContent = t(node.dataset.l10n);
  const attributes = { l10nPlaceholder: "placeholder", l10nTitle: "title", l10nLabel: "aria-label" };
  for (const [data, attribute] of Object.entries(attributes)) {
    const selector = `data-${data.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    for (const node of root.querySelectorAll(`[${selector}]`)) node.setAttribute(attribute, t(node.dataset[data]));
  }
}

/** "3.1 MB" in the reader's language, decimal units. */
export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let at = 0;
  let value = count;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    ++at;
  }
  return new Intl.NumberFormat(region, {
    style: "unit", unit: units[at], unitDisplay: at === 0 ? "long" : "short", maximumFractionDigits: value < 10 && at > 0 ? 1 : 0,
  }).format(value);
}

/** "5 minutes ago" of a Date, "just now" within ten seconds. */
export function ago(then, now = new Date()) {
  const seconds = Math.round((then - now) / 1000);
  const format = new Intl.RelativeTimeFormat(region, { numeric: "auto" });
  if (Math.abs(seconds) < 10) return format.format(0, "second");
  const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [86400 * 30, "day", 86400],
                 [86400 * 365, "month", 86400 * 30]];
  for (const [below, unit, size] of steps)
    if (Math.abs(seconds) < below) return format.format(Math.trunc(seconds / size), unit);
  return format.format(Math.trunc(seconds / (86400 * 365)), "year");
}

/** Date and time to the second in the reader's language and zone. */
export function exact(then) {
  return new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "medium" }).format(then);
}

/** Time of day to the second. */
export function clock(then) {
  return new Intl.DateTimeFormat(region, { timeStyle: "medium" }).format(then);
}
