// Talks to /api/v1. Every failure is an ApiError whose message a person can read.

export class ApiError extends Error {
  constructor(status, code, message, content = {}) {
    super(message);
    this.content = content;
    this.status = status;
    this.code = code;
  }
}

let leaving = false;

/** Ends the session and goes to the sign-in page; what still comes for this page does not lead elsewhere. */
export async function signOut() {
  leaving = true;
  try {
    await call("session", { method: "DELETE", stay: true });
  } finally {
    location.assign("/sign-in");
  }
}

/** JSON in, JSON out. A session that is over leads to the sign-in page and back. */
export async function call(path, { method = "GET", body, signal, stay = false } = {}) {
  const options = { method, signal, headers: { Accept: "application/json" } };
  if (method !== "GET") options.headers["Content-Type"] = "application/json";
  if (body !== undefined) options.body = JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, options);
  } catch (why) {
    if (why.name === "AbortError") throw why;
    throw new ApiError(0, "offline", "");
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (answer.status === 401 && !stay) {
    if (!leaving) location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
    leaving = true;
    return new Promise(() => {}); // the page is leaving
  }
  throw new ApiError(answer.status, content.error ?? "unknown", content.message ?? "", content);
}

/** The address of a part, for <img> and downloads. */
export function partUrl(ticket, part) {
  return `/api/v1/tickets/${Number(ticket)}/parts/${Number(part)}`;
}
