/**
 * The demo network as a program: prints what happens as one JSON object per line, and ends on SIGTERM, SIGINT, or
 * when its standard input ends, so that it never outlives who started it.
 */
import { startDemoNetwork } from "./demo-network.ts";

process.title = "homeport-demo-network";

try {
  const network = await startDemoNetwork({
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
