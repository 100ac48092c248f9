/** The sample web server as a program of its own, so that it is found and named like any other. */
import { startSampleWebServer } from "./sample-web-server.ts";

const first = Number(process.argv[2] ?? 8080);
const server = await startSampleWebServer(first);
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
const stop = (): void => {
  server.close();
  process.stdin.destroy();
};
process.once("SIGTERM", stop);
process.stdin.once("end", stop).once("close", stop).resume();
