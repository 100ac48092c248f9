/** How long a router that speaks no protocol is asked before that is said. */
import { join } from "node:path";
import { benchEngine, momentWhen, stayAlive } from "./bench-engine.ts";

/** Milliseconds of each of `rounds` engines from its making to the snapshot that says so. */
export async function findNobody(
  dataDirectory: string,
  rounds: number,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const start = performance.now();
    const engine = benchEngine(join(dataDirectory, String(round)));
    const letEnd = stayAlive();
    const said = momentWhen(
      engine,
      ({ gateways, exposures }) =>
        gateways[0]?.state === "silent" && exposures[0]?.error?.code === "no-response",
    );
    void engine.start();
    engine.execute("expose", { transport: "tcp", internalPort: 13_000, externalPort: null });
    times.push((await said) - start);
    await engine.stop({ release: false });
    letEnd();
  }
  return times;
}
