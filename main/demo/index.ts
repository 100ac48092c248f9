/**
 * The demo network as a program: prints what happens as one JSON object per line, and ends on SIGTERM, SIGINT, or
 * when its standard input ends, so that it never outlives who started it.
 */
import { join } from "node:path";
import { startDemoNetwork } from "./demo-network.ts";
import { spawnSampleWebServer } from "./sample-process.ts";

// The name by which the app knows, and does not list, the sockets of its own demo router.
process.title = "homeport-demo-network";

try {
  const network = await startDemoNetwork({
    startServer: (port) =>
      spawnSampleWebServer(join(import.meta.dirname, "sample-server.js"), port),
    onEvent: (event) => console.log(JSON.stringify(event)),
  });
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    network.close();
    process.stdin.destroy();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdin.once("end", stop).once("close", stop).once("error", stop).resume();
  // Whoever read our lines is gone.
  process.stdout.on("error", stop);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.log(JSON.stringify({ event: "error", message }));
  process.exitCode = 1;
}
