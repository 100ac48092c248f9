/** Asks one server which address it sees this PC come from, on the way that leads through one router. */
import ipaddr from "ipaddr.js";
import { addressScope } from "../../../shared/address-scope.ts";
import { observerAddress } from "../../../shared/observer.ts";
import { problem } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { Environment, Network, UdpAddress, UdpSocket } from "../environment.ts";
import { askBinding, type BindingOutcome } from "./stun/transaction.ts";

export interface Question {
  /** As `readObserver` writes it. */
  readonly server: string;
  /** IPv4 address of the router. */
  readonly gateway: string;
  /** Our address on the router's network, where the system would send by another; absent: the system's choice. */
  readonly localAddress?: string;
  /** False where the system itself sends to the internet through another router. */
  readonly onSystemsWay: boolean;
}

export type Sight =
  | {
      readonly kind: "seen";
      readonly address: string;
      /**
       * False where the system's way to the server is another one than through the router. From another interface we
       * send from our address on the router's network then, but not every system takes the way by that: what is seen
       * may be the far end of a VPN, or of another router.
       */
      readonly sure: boolean;
    }
  | { readonly kind: "failed"; readonly problem: Problem };

/** Rejects only with the signal's reason. */
export async function look(
  environment: Pick<Environment, "clock" | "random" | "network">,
  question: Question,
  signal: AbortSignal,
): Promise<Sight> {
  const { network } = environment;
  const server = await orAborted(addressOf(network, question.server), signal);
  if (server === null) return failed("observer-unknown", question.server);
  let way;
  try {
    way = await openWay(network, server, question);
  } catch (error) {
    return failed("observer-silent", codeOf(error));
  }
  try {
    const outcome = await askBinding(environment, way.socket, server, signal);
    return sightOf(outcome, way.sure);
  } finally {
    way.socket.close();
  }
}

async function addressOf(
  network: Pick<Network, "addresses4">,
  server: string,
): Promise<UdpAddress | null> {
  const { host, port } = observerAddress(server);
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return { address: host, port };
  const addresses = await network.addresses4(host).catch(() => []);
  const address = addresses.find((one) => addressScope(one) === "public");
  return address === undefined ? null : { address, port };
}

/** The system's look-up of a name takes as long as it likes, and cannot be stopped. */
function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void result.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Rejects with the system's error. */
async function openWay(
  network: Pick<Network, "connectUdp">,
  server: UdpAddress,
  { gateway, localAddress, onSystemsWay }: Question,
): Promise<{ readonly socket: UdpSocket; readonly sure: boolean }> {
  const home = localAddress ?? (await ownAddress(network, { ...server, address: gateway }));
  const socket = await network.connectUdp(server);
  if (socket.local.address === home) return { socket, sure: onSystemsWay };
  socket.close();
  return { socket: await network.connectUdp(server, home), sure: false };
}

/** Our address on the way to `peer`; nothing is sent. */
async function ownAddress(network: Pick<Network, "connectUdp">, peer: UdpAddress): Promise<string> {
  const socket = await network.connectUdp(peer);
  socket.close();
  return socket.local.address;
}

function sightOf(outcome: BindingOutcome, sure: boolean): Sight {
  switch (outcome.kind) {
    case "mapped": {
      const { address } = outcome.mapped;
      // A server that stands in the same network sees what the internet does not.
      return address.includes(":") || addressScope(address) !== "public"
        ? failed("observer-unusable", `it sees ${address}`)
        : { kind: "seen", address, sure };
    }
    case "error":
      return failed("observer-unusable", `error ${outcome.code}`);
    case "unusable":
      return failed("observer-unusable", outcome.reason);
    case "unreachable":
      return failed("observer-silent", outcome.detail);
    case "silent":
      return failed("observer-silent");
  }
}

function failed(...why: Parameters<typeof problem>): Sight {
  return { kind: "failed", problem: problem(...why) };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? "error";
}
