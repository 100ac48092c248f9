/**
 * What somebody on the internet does; run inside the namespace `net`. Prints one JSON line.
 * Usage: visitor.mjs http URL MILLISECONDS | visitor.mjs udp ADDRESS PORT TEXT MILLISECONDS
 */
import { createSocket } from "node:dgram";
import { get } from "node:http";
import { isIPv6 } from "node:net";

/** @param {unknown} result */
function finish(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** @param {string} url @param {number} patience milliseconds */
function visit(url, patience) {
  const request = get(url, { agent: false, signal: AbortSignal.timeout(patience) }, (response) => {
    response.setEncoding("utf8");
    let body = "";
    response.on("data", (part) => (body += part));
    response.on("end", () => finish({ status: response.statusCode, body }));
  });
  request.on("error", (error) => finish({ error: error.message }));
}

/** @param {string} address @param {number} port @param {string} text @param {number} patience milliseconds */
function echo(address, port, text, patience) {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  // A connected socket hears of a rejection, and of replies from nobody else.
  socket.connect(port, address, () => socket.send(text));
  const timer = setTimeout(() => end({ error: "no reply" }), patience);
  /** @param {unknown} result */
  const end = (result) => {
    clearTimeout(timer);
    socket.close();
    finish(result);
  };
  socket.once("message", (message) => end({ text: message.toString() }));
  socket.once("error", (error) => end({ error: error.message }));
}

const [kind = "", ...words] = process.argv.slice(2);
if (kind === "http") visit(String(words[0]), Number(words[1]));
else if (kind === "udp")
  echo(String(words[0]), Number(words[1]), String(words[2]), Number(words[3]));
else throw new Error(`unknown errand: ${kind}`);
