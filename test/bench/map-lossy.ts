/** What one lost datagram costs, from a cold start and while the gateway is known; on the lab's PC. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Lab } from "../lab/lab.mjs";
import { loseNext, type packets } from "./lossy-cable.mjs";
import { mapOnce } from "./map-homeport.ts";
import { WarmHomeport } from "./map-warm.ts";

/** Milliseconds from the command to the mapping. */
export interface LossFigures {
  /** Nothing was lost. */
  readonly whole: readonly number[];
  /** One packet was. */
  readonly lossy: readonly number[];
}

/** Milliseconds between rounds, for the router to come to rest. */
const PAUSE = 400;

/** An engine is made for each mapping. What is lost is the question whether PCP is spoken. */
export function lossFromCold(dataDirectory: string, rounds: number): Promise<LossFigures> {
  return compare(rounds, "request", async (port) => {
    const { mapped, stop } = await mapOnce(join(dataDirectory, String(port)), port);
    await stop();
    return mapped;
  });
}

/** One engine makes all mappings. What is lost is the request for one. */
export function lossWhileWarm(dataDirectory: string, rounds: number): Promise<LossFigures> {
  return compareWarm(dataDirectory, rounds, "request");
}

/** The same by UPnP. What is lost is the first packet of the first connection. */
export function lossOfConnection(dataDirectory: string, rounds: number): Promise<LossFigures> {
  return compareWarm(dataDirectory, rounds, "connection");
}

/** The same. What is lost is the first action. */
export function lossOfAction(dataDirectory: string, rounds: number): Promise<LossFigures> {
  return compareWarm(dataDirectory, rounds, "action");
}

async function compareWarm(
  dataDirectory: string,
  rounds: number,
  kind: keyof typeof packets,
): Promise<LossFigures> {
  const warm = await WarmHomeport.open(dataDirectory, 12_000);
  const figures = await compare(rounds, kind, (port) => warm.map(port));
  await warm.close();
  return figures;
}

/** By turns without and with a loss. */
async function compare(
  rounds: number,
  kind: keyof typeof packets,
  map: (port: number) => Promise<number>,
): Promise<LossFigures> {
  const lab = Lab.attach();
  const whole: number[] = [];
  const lossy: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await delay(PAUSE);
    whole.push(await map(12_000 + 2 * round));
    await delay(PAUSE);
    await loseNext(lab, kind);
    // miniupnpd fails where the rules are changed beside it.
    await delay(PAUSE);
    lossy.push(await map(12_001 + 2 * round));
  }
  return { whole, lossy };
}
