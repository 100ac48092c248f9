/** The engine with names in a simulated world: one gateway that grants what it is told to, and files in a folder. */
import { join } from "node:path";
import { Names } from "../../main/engine/ddns/names.ts";
import { FileSecretStore } from "../../main/engine/ddns/secret-store.ts";
import type { Engine } from "../../main/engine/engine.ts";
import type { MapOutcome, PortMapper } from "../../main/engine/gateway/port-mapper.ts";
import type { Server } from "../../shared/snapshot.ts";
import { running, simulatedPc } from "../fixtures/simulated-pc.ts";
import type { SimulatedDnsWorld } from "./dns-world.ts";

export interface NamesEngineOptions {
  readonly world: SimulatedDnsWorld;
  /** Settings, books and secrets (`secrets.json`). */
  readonly directory: string;
  /** What the gateway answers to whoever asks for a mapping. */
  readonly granted: () => MapOutcome;
}

export interface NamesEngine {
  readonly engine: Engine;
  /** What listens on the PC from now on. */
  readonly listen: (servers: readonly Server[]) => void;
}

export async function startNamesEngine({
  world: { environment, network },
  directory,
  granted,
}: NamesEngineOptions): Promise<NamesEngine> {
  let listen: NamesEngine["listen"] = () => undefined;
  const mapper: PortMapper = {
    protocol: "pcp",
    probe: async () => true,
    map: async () => granted(),
    unmap: async () => ({ kind: "gone" }),
    onStateLost: () => undefined,
    close: () => undefined,
  };
  const engine = simulatedPc({ environment, directory }).engine({
    createMappers: () => [mapper],
    createNames: (onChange) =>
      new Names({
        environment,
        network,
        secrets: new FileSecretStore(join(directory, "secrets.json"), {}),
        bookPath: join(directory, "names.json"),
        onChange,
      }),
    servers: {
      ...running([]),
      onChange: (listener) => {
        listen = listener;
        return () => undefined;
      },
    },
  });
  await engine.start();
  return { engine, listen: (servers) => listen(servers) };
}
