/** Looking for the gateway's description by SSDP (UPnP Device Architecture 1.1 §1.3.2). */
import type { Cancel, Clock, Lan, LocalAddress, OpenUdpSocket } from "../../../environment.ts";
import type { ProbePace } from "../../probe-pace.ts";
import { sameAddress } from "../../../addresses.ts";
import { type DeviceUrl, isGatewaysOwn, readDeviceUrl } from "./location.ts";
import { searchTurn } from "./search-turn.ts";
import {
  decodeSearchAnswer,
  encodeSearch,
  SSDP_GROUP4,
  SSDP_PORT,
  type SearchTarget,
  searchTargets,
} from "./ssdp.ts";

/** One kind of search. */
export interface SearchWay {
  readonly target: SearchTarget;
  /** The gateway is asked, and nobody else. */
  readonly alone: boolean;
}

export interface SearchOptions {
  readonly clock: Clock;
  readonly pace: ProbePace;
  readonly lan: Lan;
  /** IPv4 address of the gateway. */
  readonly gateway: string;
  /** Our address towards it; the search goes out there and nowhere else. */
  readonly localAddress: string;
  /** The networks of that interface. */
  readonly links: readonly LocalAddress[];
  /** Asks the gateway and nobody else. */
  readonly alone: boolean;
  /** What the gateway answers instead of an ordinary search, as an earlier run found. */
  readonly known?: SearchWay | undefined;
  /**
   * Called once for each different place where the gateway's description may be; nothing was fetched yet. `way` is the
   * search that was answered; null where the answer does not tell.
   */
  readonly onCandidate: (url: DeviceUrl, way: SearchWay | null) => void;
}

const { igd1, igd2, ip1, ppp1, all } = searchTargets;

interface Step {
  /** Milliseconds since the search began, or went wide. */
  readonly at: number;
  readonly everybody?: readonly SearchTarget[];
  readonly gateway?: readonly SearchTarget[];
  /** Only if nothing that may be the gateway was heard before. */
  readonly ifUnheard?: true;
  /** Only out of what PCP and NAT-PMP have not spent. */
  readonly ifLeft?: true;
}

/**
 * What every device has to answer, by its type and as one of all (UPnP Device Architecture 1.1 §1.3.3). To answer what
 * it alone is asked came with version 1.1, so that is tried before the rest only where a datagram is left for it.
 */
const narrow = (known?: SearchWay): readonly Step[] => [
  known === undefined
    ? { at: 0, everybody: [igd1] }
    : { at: 0, [known.alone ? "gateway" : "everybody"]: [known.target] },
  { at: 200, everybody: [all], ifUnheard: true },
  { at: 400, gateway: [all], ifUnheard: true, ifLeft: true },
];

/**
 * For all the others. Some answer only when they alone are asked, some only to the type they are (UniFi has IGD:2,
 * https://github.com/jupnp/jupnp/issues/263) or to a service of theirs.
 */
const wide: readonly Step[] = [
  { at: 0, everybody: [igd2, ip1, ppp1], gateway: [igd1, igd2, all] },
  { at: 400, everybody: [igd1], gateway: [all] },
];

/** True for a search that every gateway is to answer. */
export function isOrdinary({ target, alone }: SearchWay): boolean {
  return !alone && (target === igd1 || target === all);
}

/** Milliseconds after which nobody is expected to answer any more. */
const SEARCH_ENDS = 2800;
/** Different places that are considered of what one asker was told by one of two kinds of sender. */
const MAX_CANDIDATES = 8;
/** Answers that one asker reads at all in one search, from senders of one kind. */
const MAX_ANSWERS = 200;

/** Searches until `signal` aborts, or nobody is expected to answer any more. Rejects when the system cannot send. */
export async function search(options: SearchOptions, signal: AbortSignal): Promise<void> {
  const { clock, lan, gateway, pace, alone, known } = options;
  const seen = new Set<string>();
  // Who hears what goes to everybody knows the port that it came from, and can flood it; the gateway is asked from another.
  const toEverybody = await openAsker(options, false, seen, signal);
  const toGateway = await openAsker(options, true, seen, signal).catch((error: unknown) => {
    toEverybody.close();
    throw error;
  });
  const sendAll = ({ everybody = [], gateway: own = [], ifUnheard, ifLeft }: Step): void => {
    if (ifUnheard && seen.size > 0) return;
    if (ifLeft && !pace.hasLeft) return;
    // Where nobody but the gateway is to be asked, it is asked what all would be.
    const asked: readonly (readonly [OpenUdpSocket, string, readonly SearchTarget[]])[] = [
      alone ? [toGateway, gateway, everybody] : [toEverybody, SSDP_GROUP4, everybody],
      [toGateway, gateway, own.filter((target) => !alone || !everybody.includes(target))],
    ];
    for (const [socket, address, targets] of asked) {
      for (const target of targets) {
        pace.sent();
        const datagram = encodeSearch(target, `${address}:${SSDP_PORT}`);
        socket.sendTo(datagram, { address, port: SSDP_PORT });
      }
    }
  };
  await new Promise<void>((resolve) => {
    const timers = new Set<Cancel>();
    const after = (delay: number, task: () => void): void =>
      void timers.add(clock.after(delay, task));
    const take = (steps: readonly Step[]): void => {
      for (const step of steps) {
        after(step.at, () => {
          const turn = searchTurn(lan, clock, 4);
          if (turn === 0) sendAll(step);
          else after(turn, () => sendAll(step));
        });
      }
    };
    take(narrow(known));
    timers.add(pace.whenWide(() => take(wide)));
    after(SEARCH_ENDS, resolve);
    const stop = (): void => {
      for (const cancel of timers) cancel();
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  toEverybody.close();
  toGateway.close();
}

/** A socket whose answers are judged; what the gateway's own address tells and what others do crowd each other out nowhere. */
async function openAsker(
  { pace, lan, localAddress, gateway, links, onCandidate }: SearchOptions,
  alone: boolean,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<OpenUdpSocket> {
  const socket = await lan.openUdp({ address: localAddress });
  const own = { answers: 0, places: 0 };
  const others = { answers: 0, places: 0 };
  // Answers may come from any port: https://github.com/tailscale/tailscale/issues/7377
  socket.onMessage((datagram, from) => {
    const told = sameAddress(from.address, gateway) ? own : others;
    told.answers += 1;
    if (signal.aborted || told.answers > MAX_ANSWERS || told.places >= MAX_CANDIDATES) return;
    const answer = decodeSearchAnswer(datagram);
    const url = answer === null ? null : readDeviceUrl(answer.location);
    if (url === null || seen.has(url.href)) return;
    if (!isGatewaysOwn(url, from.address, gateway, links)) return;
    seen.add(url.href);
    told.places += 1;
    pace.heard();
    const target = Object.values(searchTargets).find((one) => one === answer?.target);
    onCandidate(url, target === undefined ? null : { target, alone });
  });
  // An ICMP error of one datagram says nothing about the others.
  socket.onError(() => undefined);
  return socket;
}
