// The page's one connection to the signing program: claims with the secret, then messages both ways.

const closed_because = { 4409: "replaced", 4410: "closed" };

/** `on`: message(object), end("replaced" | "closed" | "lost"). */
export function connect(secret, on) {
  const socket = new WebSocket(`ws://${location.host}/page`);
  socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "claim", secret })));
  socket.addEventListener("message", ({ data }) => { if (typeof data === "string") on.message(JSON.parse(data)); });
  socket.addEventListener("close", ({ code }) => on.end(closed_because[code] ?? "lost"));
  addEventListener("pagehide", () => socket.close());
  return {
    send(message) { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); },
  };
}
