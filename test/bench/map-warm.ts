/** From the command to the mapping while the gateway is known. */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "../../main/engine/engine.ts";
import { benchEngine, isMapped, momentWhen, stayAlive } from "./bench-engine.ts";

/** Milliseconds between two commands, for the router to come to rest. */
const PAUSE = 300;

/** An engine that has found its gateway. */
export class WarmHomeport {
  readonly #engine: Engine;
  readonly #letEnd = stayAlive();

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Opens `firstPort` to find the gateway. */
  static async open(dataDirectory: string, firstPort: number): Promise<WarmHomeport> {
    const warm = new WarmHomeport(benchEngine(dataDirectory));
    void warm.#engine.start();
    await warm.map(firstPort);
    return warm;
  }

  /** Milliseconds from the command to the mapping of a TCP port. */
  async map(port: number): Promise<number> {
    const start = performance.now();
    const mapped = momentWhen(this.#engine, (snapshot) => isMapped(snapshot, port));
    this.#engine.execute("expose", { transport: "tcp", internalPort: port, externalPort: null });
    return (await mapped) - start;
  }

  async close(): Promise<void> {
    await this.#engine.stop({ release: true });
    this.#letEnd();
  }
}

/** Milliseconds of each of `rounds` mappings of TCP ports from `firstPort` + 1 on. */
export async function mapWarm(
  dataDirectory: string,
  rounds: number,
  firstPort: number,
): Promise<readonly number[]> {
  const warm = await WarmHomeport.open(dataDirectory, firstPort);
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await delay(PAUSE);
    times.push(await warm.map(firstPort + round));
  }
  await warm.close();
  return times;
}
