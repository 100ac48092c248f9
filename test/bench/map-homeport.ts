/** Our engine as one of the benchmark's clients: created, started, asked, and mapped. */
import { benchEngine, isMapped, momentWhen, stayAlive } from "./bench-engine.ts";

export interface ColdMapping {
  /** Milliseconds from before the engine was made until it knew that the router speaks PCP. */
  readonly verdict: number;
  /** Milliseconds from the same moment until the port was open. */
  readonly mapped: number;
  /** Closes the port and ends the engine. */
  readonly stop: () => Promise<void>;
}

/** Opens one TCP port from a cold start. */
export async function mapOnce(dataDirectory: string, port: number): Promise<ColdMapping> {
  const start = performance.now();
  const engine = benchEngine(dataDirectory);
  const verdict = momentWhen(engine, ({ gateways }) =>
    gateways.some(({ protocols }) => protocols.includes("pcp")),
  );
  const mapped = momentWhen(engine, (snapshot) => isMapped(snapshot, port));
  const letEnd = stayAlive();
  void engine.start();
  engine.execute("expose", { transport: "tcp", internalPort: port, externalPort: null });
  return {
    verdict: (await verdict) - start,
    mapped: (await mapped) - start,
    stop: async () => {
      await engine.stop({ release: true });
      letEnd();
    },
  };
}
