/** A server that opens and closes sockets without end: what it does to the list, and what watching it costs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createDetector } from "./detect-live.ts";

/** A thousand a second, one in ten of them on the same port; prints how many in all when its input ends. */
const program = `
const net = require("node:net");
let opened = 0;
let port = 0;
const steady = net.createServer().listen(0, "127.0.0.1", () => {
  port = steady.address().port;
  steady.close();
});
const cycle = (at) => {
  const server = net.createServer().on("error", () => undefined);
  server.listen(at, "127.0.0.1", () => { opened += 1; server.close(); });
};
setInterval(() => { for (let at = 0; at < 10; at += 1) cycle(at === 0 ? port : 0); }, 10);
process.stdin.on("end", () => { console.log(opened); process.exit(); }).resume();
`;

export interface ChurnFigures {
  readonly socketsPerSecond: number;
  /** How often the list of servers changed. */
  readonly changes: number;
  /** Per cent of one core that the detector took. */
  readonly cpu: number;
}

/** Takes so many seconds, and two to settle before. */
export async function measureChurn(seconds: number): Promise<ChurnFigures> {
  const detector = createDetector();
  let changes = 0;
  detector.onChange(() => (changes += 1));
  detector.start();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  changes = 0;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  const start = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(start);
  detector.stop();
  child.stdin.end();
  const [opened] = (await once(child.stdout, "data")) as [Buffer];
  return {
    socketsPerSecond: Number(opened) / seconds,
    changes,
    cpu: ((user + system) / (seconds * 1e6)) * 100,
  };
}
