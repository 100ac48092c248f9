/** The detector at work: how soon it shows a server, and what it costs while nothing changes. Linux only. */
import { Detector } from "../../main/engine/detect/detector.ts";
import { LinuxListenerSource } from "../../main/engine/detect/linux/linux-source.ts";
import { nodeLan } from "../../main/engine/system/node-lan.ts";
import { nodeNetwork } from "../../main/engine/system/node-network.ts";
import { tcpExchange } from "../../main/engine/recognise/ask/tcp-exchange.ts";
import { RecognisedServers } from "../../main/engine/recognise/recognised-servers.ts";
import { readWorkingFiles } from "../../main/engine/recognise/working-files.ts";
import { systemClock, systemRandom } from "../../main/engine/system/system-environment.ts";
import { catalogue } from "../../shared/services/catalogue.ts";
import { Listener } from "./listener.ts";

/** No process has it: nothing counts as our own tree. */
export const nobody = 2 ** 31;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export function createDetector(): Detector {
  const source = new LinuxListenerSource({ ownPid: nobody });
  return new Detector({ source, clock: systemClock, log: silent });
}

function createRecogniser(): RecognisedServers {
  return new RecognisedServers({
    catalogue,
    tools: {
      clock: systemClock,
      random: systemRandom,
      network: nodeNetwork,
      exchangeTcp: tcpExchange(systemClock),
    },
    log: silent,
    readFiles: readWorkingFiles,
    onChange: () => undefined,
    localAddresses: () => nodeLan.localAddresses(),
  });
}

export interface RestFigures {
  /** Milliseconds of the first scan of this process: the compiler has not seen the code yet. */
  readonly coldFirst: number;
  /** Per cent of one core in each of three times ten seconds in which nothing changes. */
  readonly cpu: readonly number[];
}

/**
 * For a process that has nothing else to do: what a loader of TypeScript left in memory costs as much to collect as a
 * minute of detection. Recognition asks servers that never answer again after 10 and 40 s and ever more seldom: with
 * thousands of those it does not come to rest here.
 */
export async function measureRest(recognition: boolean): Promise<RestFigures> {
  const detector = createDetector();
  const recogniser = recognition ? createRecogniser() : null;
  const shown = new Promise<void>((resolve) => {
    detector.onChange((servers) => {
      recogniser?.update(servers);
      resolve();
    });
  });
  const started = performance.now();
  detector.start();
  await shown;
  const coldFirst = performance.now() - started;
  // The first scans are no rest.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const cpu: number[] = [];
  for (let at = 0; at < 3; at += 1) {
    const start = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const { user, system } = process.cpuUsage(start);
    cpu.push(((user + system) / 1e7) * 100);
  }
  detector.stop();
  recogniser?.stop();
  return { coldFirst, cpu };
}

/** Milliseconds from listen() to the change that shows it. */
export async function measureShown(count: number): Promise<number[]> {
  const detector = createDetector();
  const listener = await Listener.start();
  let check = (): void => undefined;
  detector.onChange(() => check());
  detector.start();
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) {
    // Another moment between two polls each time.
    await new Promise((resolve) => setTimeout(resolve, 1000 + at * 37));
    const port = await listener.listen();
    const start = performance.now();
    await new Promise<void>((resolve) => {
      check = () => {
        if (detector.servers.some((shown) => shown.port === port)) resolve();
      };
    });
    taken.push(performance.now() - start);
    await listener.close();
  }
  detector.stop();
  await listener.stop();
  return taken;
}
