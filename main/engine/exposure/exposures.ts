/** All exposures of this run: one mapping loop each, fed with the gateway in use. */
import { addressScope } from "../../../shared/address-scope.ts";
import { portKey } from "../../../shared/endpoint.ts";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Exposure, Problem, Transport } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { LeaseBook } from "../gateway/lease-book.ts";
import type { GatewayLink } from "./lease-records.ts";
import { MappingLoop, type MappingView } from "./mapping-loop.ts";
import { ServerFollower } from "./server-follower.ts";

export interface ExposuresOptions {
  readonly environment: Environment;
  readonly book: LeaseBook;
  readonly onChange: () => void;
  /** Milliseconds from a server's end until an exposure that follows it is closed. */
  readonly closeAfter: () => number;
  /** False while what listens cannot be seen. */
  readonly canTell: () => boolean;
}

interface PortRef {
  readonly transport: Transport;
  readonly internalPort: number;
}

/** What the user wants; the loop of the same key is what is made of it on the gateway. */
interface Wish {
  readonly intent: ExposureIntent;
  /** Of an exposure that is open only while its server runs. */
  readonly follower: ServerFollower | null;
}

export class Exposures {
  readonly #options: ExposuresOptions;
  readonly #wishes = new Map<string, Wish>();
  readonly #loops = new Map<string, MappingLoop>();
  /** Keys of the ports on which something listens; null before the first look. */
  #listening: ReadonlySet<string> | null = null;
  #link: GatewayLink | null = null;
  #problem: Problem | null = null;
  /** No server that comes now opens anything any more. */
  #ending = false;
  /** Called when the next loop is gone. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: ExposuresOptions) {
    this.#options = options;
  }

  want(intent: ExposureIntent): void {
    const wish = this.#wish(intent);
    if (isOpen(wish)) this.#open(intent);
    else if (wish.follower?.state === "closed") this.#shut(intent);
    this.#options.onChange();
  }

  withdraw(ref: PortRef): void {
    this.#forget(keyOf(ref));
    this.#shut(ref);
    this.#options.onChange();
  }

  /** Lets a wanted exposure follow its server or not; what is mapped stays so for now. */
  setWhileRunning(ref: PortRef, whileRunning: boolean): void {
    const wish = this.#wishes.get(keyOf(ref));
    if (wish === undefined || (wish.follower !== null) === whileRunning) return;
    const before = isOpen(wish);
    const next = this.#wish({ ...wish.intent, whileRunning });
    if (isOpen(next) && !before) this.#open(next.intent);
    this.#options.onChange();
  }

  /** What listens on this PC, by key, after a look that succeeded. */
  listening(keys: ReadonlySet<string>): void {
    if (this.#ending) return;
    this.#listening = keys;
    for (const [key, { follower }] of this.#wishes) follower?.see(keys.has(key));
  }

  retry(ref: PortRef): void {
    this.#loops.get(keyOf(ref))?.retry();
  }

  /** Removes what an earlier run made and nobody wants any more. */
  clearLeftovers(): void {
    for (const lease of this.#options.book.held()) {
      if (!lease.left && !this.#wishes.has(keyOf(lease))) this.#shut(lease);
    }
  }

  attach(link: GatewayLink | null, problem: Problem | null): void {
    this.#link = link;
    this.#problem = problem;
    for (const loop of this.#loops.values()) loop.attach(link, problem);
  }

  stateLost(): void {
    for (const loop of this.#loops.values()) loop.stateLost();
  }

  /** Asks the gateway again for everything that stands (see `MappingLoop.check`). */
  check(): void {
    for (const loop of this.#loops.values()) loop.check();
  }

  /** Withdraws everything, or what is not mapped; resolves when that is off the gateway. */
  async release(which: "all" | "unmapped"): Promise<void> {
    this.#ending = true;
    const leaving = [...this.#loops].filter(
      ([, loop]) => which === "all" || loop.view().state !== "mapped",
    );
    for (const { follower } of this.#wishes.values()) follower?.stop();
    for (const [key, loop] of leaving) {
      this.#forget(key);
      loop.withdraw();
    }
    const isLeft = (): boolean => leaving.some(([key, loop]) => this.#loops.get(key) === loop);
    while (isLeft()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Marks what is mapped as left open on purpose, so that no later run clears it away. */
  leave(): void {
    const { book, environment } = this.#options;
    for (const lease of book.held()) {
      if (this.#loops.get(keyOf(lease))?.view().state !== "mapped") continue;
      try {
        book.put({ ...lease, left: true });
      } catch (error) {
        environment.log.warn("lease book not written", { error: String(error) });
      }
    }
  }

  /** Leaves the gateway as it is and stops. */
  close(): void {
    for (const key of this.#wishes.keys()) this.#forget(key);
    for (const loop of this.#loops.values()) loop.close();
    this.#loops.clear();
  }

  /** Sorted by transport and port; `listens` tells whether a program listens there. */
  views(listens: (transport: Transport, port: number) => boolean): readonly Exposure[] {
    return [...new Set([...this.#wishes.keys(), ...this.#loops.keys()])]
      .flatMap((key) => this.#view(key) ?? [])
      .map(({ intent, view }): Exposure => {
        const { transport, internalPort, whileRunning } = intent;
        return {
          transport,
          internalPort,
          ...(whileRunning === true && { whileRunning }),
          listening: listens(transport, internalPort),
          ...view,
          finding: view.endpoint === null ? null : findingOf(view.endpoint.address),
        };
      })
      .toSorted(
        (a, b) => a.internalPort - b.internalPort || a.transport.localeCompare(b.transport),
      );
  }

  #view(key: string): { intent: ExposureIntent; view: MappingView } | null {
    const wish = this.#wishes.get(key);
    const loop = this.#loops.get(key);
    if (wish !== undefined && !isOpen(wish)) {
      // What is left of it on the gateway is on its way out; that this fails is all there is to say.
      return { intent: wish.intent, view: { ...waiting, error: loop?.view().error ?? null } };
    }
    return loop === undefined ? null : { intent: wish?.intent ?? loop.intent, view: loop.view() };
  }

  /** Remembers the wish, and follows the server where it is to be followed. */
  #wish(intent: ExposureIntent): Wish {
    const key = keyOf(intent);
    this.#forget(key);
    const { environment, closeAfter, canTell } = this.#options;
    const follower =
      intent.whileRunning === true
        ? new ServerFollower({
            clock: environment.clock,
            closeAfter,
            canTell,
            open: this.#loops.get(key)?.wanted === true,
            listening: this.#listening?.has(key) ?? null,
            onChange: () => this.#followed(key),
          })
        : null;
    const wish = { intent, follower };
    this.#wishes.set(key, wish);
    return wish;
  }

  #forget(key: string): void {
    this.#wishes.get(key)?.follower?.stop();
    this.#wishes.delete(key);
  }

  /** The server came or is gone for long enough. */
  #followed(key: string): void {
    const wish = this.#wishes.get(key);
    if (wish === undefined) return;
    const open = isOpen(wish);
    this.#options.environment.log.info(open ? "opened for its server" : "closed with its server", {
      mapping: key,
    });
    if (open) this.#open(wish.intent);
    else this.#shut(wish.intent);
    this.#options.onChange();
  }

  #open(intent: ExposureIntent): void {
    const loop = this.#loops.get(keyOf(intent));
    if (loop) loop.want(intent);
    else this.#run(intent, true);
  }

  /** Takes it off the gateway, also what an earlier run left there. */
  #shut({ transport, internalPort }: PortRef): void {
    const key = portKey(transport, internalPort);
    const loop = this.#loops.get(key);
    if (loop) loop.withdraw();
    else if (this.#options.book.held().some((lease) => keyOf(lease) === key)) {
      this.#run({ transport, internalPort, externalPort: null }, false);
    }
  }

  #run(intent: ExposureIntent, wanted: boolean): void {
    const key = keyOf(intent);
    const { environment, book, onChange } = this.#options;
    const loop = new MappingLoop({
      environment,
      book,
      intent,
      wanted,
      onChange,
      onGone: () => {
        this.#loops.delete(key);
        onChange();
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
    this.#loops.set(key, loop);
    loop.attach(this.#link, this.#problem);
    onChange();
  }
}

const waiting: MappingView = {
  state: "waiting",
  protocol: null,
  endpoint: null,
  expiresAt: null,
  lifetime: null,
  error: null,
};

function isOpen({ follower }: Wish): boolean {
  return follower === null || follower.state === "open";
}

/** What the external address alone says about visitors (DESIGN: "mapped, not reachable"). */
function findingOf(externalAddress: string): Problem | null {
  switch (addressScope(externalAddress)) {
    case "public":
    case "loopback":
      return null;
    case "private":
      return problem("double-nat", externalAddress);
    case "shared":
      return problem("shared-address", externalAddress);
    case "ds-lite":
      return problem("ds-lite", externalAddress);
    case "unusable":
      return problem("unusable-address", externalAddress);
  }
}

function keyOf(ref: PortRef): string {
  return portKey(ref.transport, ref.internalPort);
}
