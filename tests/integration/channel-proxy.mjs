// An HTTP CONNECT proxy (RFC 9110, 9.3.6) for the tests:
//   node channel-proxy.mjs open | divert PORT | STATUS, and then the port to listen on
import http from "node:http";
import net from "node:net";

const [manner, instead, port = 0] = process.argv.slice(2);

const refuse = (client, status) =>
  client.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Length: 6\r\n\r\nsorry\n`);

const proxy = http.createServer((request, response) => response.writeHead(405).end());
proxy.on("connect", (request, client) => {
  console.log(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "no credentials"}`);
  client.on("error", () => {});
  if (/^\d+$/.test(manner)) return refuse(client, manner);
  const [, host, target] = manner === "divert" ? [0, "127.0.0.1", instead] : request.url.match(/^(.+):(\d+)$/);
  const server = net.connect(Number(target), host, () => {
    console.log(`tunnel from port ${server.localPort}`);
    client.write("HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n");
    client.pipe(server).pipe(client);
  });
  server.on("error", () => (server.connecting ? refuse(client, 502) : client.destroy()));
});
proxy.listen(Number(port), "127.0.0.1", () => console.log(`listens on port ${proxy.address().port}`));
