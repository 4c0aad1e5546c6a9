// The page's one connection: claims with the secret, paces what is sent, says how it ended.

const closed_because = { 4409: "replaced", 4410: "closed" };

/** `on`: view(object), image({kind, id, width, height, pixels}), end("replaced" | "closed" | "lost"). */
export function connect(secret, on) {
  const socket = new WebSocket(`ws://${location.host}/page`);
  socket.binaryType = "arraybuffer";
  const outbox = [];
  let timer = 0;
  let allowance = 200; // The helper admits more, so that nobody who takes out 1000 pictures is cut off.
  let refilled = performance.now();

  function drain() {
    timer = 0;
    const now = performance.now();
    allowance = Math.min(200, allowance + (now - refilled) * 0.05);
    refilled = now;
    while (outbox.length > 0 && allowance >= 1 && socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify(outbox.shift()));
      allowance -= 1;
    }
    if (outbox.length > 0 && socket.readyState <= WebSocket.OPEN) timer = setTimeout(drain, 40);
  }

  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ type: "claim", secret }));
    drain();
  });
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      if (message.type === "view") on.view(message);
    } else if (data.byteLength >= 16) {
      const head = new DataView(data);
      const [kind, id, width, height] = [0, 4, 8, 12].map((at) => head.getUint32(at));
      if (data.byteLength === 16 + width * height * 4 && width * height > 0)
        on.image({ kind, id, width, height, pixels: new Uint8ClampedArray(data, 16) });
    }
  });
  socket.addEventListener("close", ({ code }) => on.end(closed_because[code] ?? "lost"));
  // The helper hears at once that a reload is under way.
  addEventListener("pagehide", () => socket.close());

  return {
    send(message) {
      outbox.push(message);
      if (timer === 0) drain();
    },
  };
}
