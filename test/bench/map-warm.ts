/** From the command to the mapping while the gateway is known, beside the router's own time to answer. */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createEngine } from "../../main/engine/create-engine.ts";
import { FileSettingsStore } from "../../main/engine/files/settings-file.ts";
import { encodeRequest } from "../../main/engine/gateway/pcp/codec.ts";
import { PCP_SERVER_PORT, protocolNumbers } from "../../main/engine/gateway/pcp/messages.ts";
import { createLogger } from "../../main/engine/system-environment.ts";

/** Milliseconds of each round; the same router, one after the other. */
export interface WarmFigures {
  readonly homeport: readonly number[];
  readonly router: readonly number[];
}

/** Milliseconds between two questions, for the router to come to rest. */
const pause = 300;

/** Maps `rounds` ports (TCP, from `firstPort` on) with one engine, and as many by a bare PCP request. */
export async function mapWarm(
  rounds: number,
  firstPort: number,
  addresses: { readonly self: string; readonly gateway: string },
  dataDirectory: string,
): Promise<WarmFigures> {
  const engine = createEngine({
    settings: new FileSettingsStore(join(dataDirectory, "settings.json")),
    dataDirectory,
    log: createLogger("warn", (line) => process.stderr.write(line)),
  });
  let check = (): void => undefined;
  engine.subscribe(() => check());
  // The engine's timers do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  async function map(port: number): Promise<number> {
    const start = performance.now();
    const mapped = new Promise<void>((resolve) => {
      check = () => {
        const { exposures } = engine.snapshot;
        if (exposures.some((one) => one.internalPort === port && one.state === "mapped")) resolve();
      };
    });
    engine.execute("expose", { transport: "tcp", internalPort: port, externalPort: null });
    await mapped;
    return performance.now() - start;
  }
  void engine.start();
  // The first finds the gateway.
  await map(firstPort);
  const homeport: number[] = [];
  const router: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await delay(pause);
    homeport.push(await map(firstPort + round));
    await delay(pause);
    router.push(await askRouter(addresses, firstPort + rounds + round));
  }
  await engine.stop({ release: true });
  clearInterval(alive);
  return { homeport, router };
}

/** One MAP request and its answer, without anything around it. */
async function askRouter(
  { self, gateway }: { readonly self: string; readonly gateway: string },
  port: number,
): Promise<number> {
  const request = encodeRequest({
    body: {
      opcode: "map",
      nonce: randomBytes(12),
      protocol: protocolNumbers.tcp,
      internalPort: port,
      externalPort: port,
      externalAddress: "::ffff:0.0.0.0",
    },
    lifetime: 120,
    clientAddress: self,
    options: [],
  });
  const socket = createSocket("udp4");
  try {
    socket.bind(0, self);
    await once(socket, "listening");
    const start = performance.now();
    socket.send(request, PCP_SERVER_PORT, gateway);
    const [answer] = (await once(socket, "message")) as [Buffer];
    const took = performance.now() - start;
    if (answer[3] !== 0) throw new Error(`the router refused with result ${answer[3]}`);
    return took;
  } finally {
    socket.close();
  }
}
