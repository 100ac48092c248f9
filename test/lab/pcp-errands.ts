/** Our PCP client inside the lab: JSON lines of errands come in, JSON lines of what came of them go out. */
import { createInterface } from "node:readline";
import type { Environment } from "../../main/engine/environment.ts";
import { type PeerRequest, PcpClient } from "../../main/engine/gateway/pcp/client.ts";
import type { GatewayRef, LeaseRequest } from "../../main/engine/gateway/port-mapper.ts";
import { nodeLan } from "../../main/engine/system/node-lan.ts";
import { nodeNetwork } from "../../main/engine/system/node-network.ts";
import {
  createLogger,
  systemClock,
  systemRandom,
} from "../../main/engine/system/system-environment.ts";

/** A nonce as hexadecimal, so that it travels. */
type Written<T> = Omit<T, "nonce"> & { readonly nonce: string };

export type Errand =
  | { readonly kind: "probe" | "inquire" }
  | { readonly kind: "map" | "unmap"; readonly request: Written<LeaseRequest> }
  | { readonly kind: "peer"; readonly request: Written<PeerRequest> }
  /** From now on `heard` is told of every announcement, and `lost` when one is believed. */
  | { readonly kind: "listen"; readonly group: string };

export interface SentErrand {
  readonly id: number;
  readonly gateway: GatewayRef;
  readonly errand: Errand;
}

export type Told =
  | { readonly id: number; readonly outcome: unknown }
  | { readonly event: "heard" | "lost"; readonly detail: string };

const environment: Environment = {
  clock: systemClock,
  random: systemRandom,
  network: nodeNetwork,
  log: createLogger("warn", (line) => process.stderr.write(line)),
};
const clients = new Map<string, PcpClient>();

export function runErrands(): void {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, gateway, errand } = JSON.parse(line) as SentErrand;
    void run(clientOf(gateway), errand).then((outcome) => tell({ id, outcome }));
  });
}

function clientOf(gateway: GatewayRef): PcpClient {
  const key = JSON.stringify(gateway);
  const known = clients.get(key);
  if (known !== undefined) return known;
  const client = new PcpClient(environment, gateway);
  client.onStateLost((signal) => tell({ event: "lost", detail: signal }));
  clients.set(key, client);
  return client;
}

async function run(client: PcpClient, errand: Errand): Promise<unknown> {
  const signal = AbortSignal.timeout(20_000);
  switch (errand.kind) {
    case "probe":
      return client.probe(signal);
    case "inquire":
      return client.inquire(signal);
    case "map":
      return client.map(read(errand.request), signal);
    case "unmap":
      return client.unmap(read(errand.request), signal);
    case "peer":
      return client.peer(read(errand.request), signal);
    case "listen": {
      const listener = await nodeLan.listenMulticast({ group: errand.group, port: 5350 });
      listener.onMessage((datagram, from) => {
        client.announced(datagram, from);
        tell({ event: "heard", detail: from.address });
      });
      return "listening";
    }
  }
}

function read<T extends { readonly nonce: string }>(
  written: T,
): Omit<T, "nonce"> & { nonce: Uint8Array } {
  return { ...written, nonce: Uint8Array.from(Buffer.from(written.nonce, "hex")) };
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
