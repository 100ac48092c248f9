/** Starts the sample web server as a child process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { SampleWebServer } from "./sample-web-server.ts";

/** Milliseconds in which it has to listen. */
const START_WAIT = 10_000;

/** `script` is the built sample-server.js; rejects when it does not come to listen. */
export async function spawnSampleWebServer(script: string, port = 8080): Promise<SampleWebServer> {
  // It ends with us: when we are gone, its standard input ends.
  const child = spawn(process.execPath, [script, String(port)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const signal = AbortSignal.timeout(START_WAIT);
    const [line] = (await once(createInterface(child.stdout), "line", { signal })) as [string];
    const { port: listening } = JSON.parse(line) as { port: number };
    return { port: listening, close: () => child.kill("SIGTERM") };
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error("the sample web server did not start", { cause: error });
  }
}
