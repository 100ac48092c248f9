/**
 * Remembers what changed in the way to this PC, and which signal found it. Signals alone are nothing to remember:
 * only what is another gateway, address or port than before is.
 */
import { z } from "zod";
import {
  type ChangeSignal,
  type NetworkChange,
  networkChangeSchema,
} from "../../../shared/changes.ts";
import type { Notice } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { readCheckedFile, writeJsonFile } from "../files/json-file.ts";
import type { WayIn } from "./way-in.ts";

const MOST_CHANGES = 50;
/** Further servers whose addresses are remembered, three of each family. */
const MOST_FURTHER = 6;
/** Milliseconds for which what is seen to have changed is put down to a signal. */
const SIGNAL_LASTS = 60_000;
/** The same for a periodic check: its answers come at once, and a renewal a little later is none of them. */
const CHECK_LASTS = 10_000;

const fileSchema = z.object({
  version: z.literal(1),
  gateway: z.string().max(64).nullable(),
  externalAddress: z.string().max(64).nullable(),
  outerAddress: z.string().max(64).nullable().default(null),
  furtherAddresses: z.record(z.string().max(64), z.string().max(64)).default({}),
  /** Newest first. */
  changes: z.array(networkChangeSchema).max(MOST_CHANGES),
});

/** `until`: monotonic milliseconds. */
interface Told {
  readonly name: ChangeSignal;
  readonly until: number;
}

export class ChangeLog {
  readonly #path: string;
  readonly #environment: Pick<Environment, "clock" | "log">;
  /** What was seen last, by the names of the file; of a further server by its address. */
  readonly #seen = new Map<string, string>();
  readonly #ports = new Map<string, number>();
  #changes: readonly NetworkChange[] = [];
  #signal: Told | null = null;
  #check: Told | null = null;
  /** What stands in the file was seen by an earlier run. */
  readonly #fromBefore = new Set<string>();

  constructor(path: string, environment: Pick<Environment, "clock" | "log">) {
    this.#path = path;
    this.#environment = environment;
  }

  /** Reads the file; of a damaged one, which is kept aside, nothing depends but the history itself. */
  load(): Notice[] {
    const read = readCheckedFile(this.#path, fileSchema, this.#environment.clock.now());
    if (read.kind === "damaged") this.#environment.log.warn("the history of changes is damaged");
    if (read.kind !== "value") return [];
    const { gateway, externalAddress, outerAddress, furtherAddresses, changes } = read.value;
    const known = { ...furtherAddresses, gateway, externalAddress, outerAddress };
    for (const [of, address] of Object.entries(known)) {
      if (address !== null) this.#seen.set(of, address);
      this.#fromBefore.add(of);
    }
    this.#changes = changes;
    return [];
  }

  /** Newest first. */
  get changes(): readonly NetworkChange[] {
    return this.#changes;
  }

  /** Something told that the world may have changed; the first of several that come together is the one that did. */
  signal(name: ChangeSignal): void {
    const now = this.#environment.clock.monotonic();
    if (this.#signal !== null && this.#signal.until > now) return;
    this.#signal = { name, until: now + SIGNAL_LASTS };
  }

  /** A periodic check asks now; what it finds is put down to it unless a signal came too. */
  check(name: ChangeSignal): void {
    this.#check = { name, until: this.#environment.clock.monotonic() + CHECK_LASTS };
  }

  /** The user asked for this exposure anew: what comes of it is no change of the world. */
  forget(exposure: string): void {
    this.#ports.delete(exposure);
  }

  /** What stands now. */
  observe({ gateway, externalAddress, outerAddress, furtherAddresses, ports }: WayIn): void {
    const found = Object.entries({
      gateway,
      externalAddress,
      outerAddress,
      ...Object.fromEntries(furtherAddresses),
    }).flatMap(([of, address]) => (address === null ? [] : this.#changed(of, address)));
    for (const [exposure, port] of ports) {
      const before = this.#ports.get(exposure);
      this.#ports.set(exposure, port);
      if (before === undefined || before === port) continue;
      found.push(this.#change("external-port", exposure, String(before), String(port)));
    }
    if (found.length === 0) return;
    this.#changes = [...found.toReversed(), ...this.#changes].slice(0, MOST_CHANGES);
    this.#write();
  }

  #changed(of: string, after: string): readonly NetworkChange[] {
    const fromBefore = this.#fromBefore.delete(of);
    const before = this.#seen.get(of);
    if (before === after) return [];
    this.#seen.set(of, after);
    // The first that is ever seen is none, but the next run has to know of it.
    if (before === undefined) {
      queueMicrotask(() => this.#write());
      return [];
    }
    const what = of === "gateway" ? "gateway" : "external-address";
    const change = this.#change(what, null, before, after);
    return [fromBefore ? { ...change, signal: "start" } : change];
  }

  #change(
    what: NetworkChange["what"],
    exposure: string | null,
    before: string,
    after: string,
  ): NetworkChange {
    const { clock } = this.#environment;
    const now = clock.monotonic();
    const told = [this.#signal, this.#check].find((one) => one !== null && one.until > now);
    return {
      at: new Date(clock.now()).toISOString(),
      what,
      exposure,
      before,
      after,
      signal: told?.name ?? "renewal",
    };
  }

  #write(): void {
    const { gateway, externalAddress, outerAddress, ...further } = Object.fromEntries(this.#seen);
    const furtherAddresses = Object.fromEntries(Object.entries(further).slice(-MOST_FURTHER));
    try {
      writeJsonFile(this.#path, {
        version: 1,
        gateway: gateway ?? null,
        externalAddress: externalAddress ?? null,
        outerAddress: outerAddress ?? null,
        furtherAddresses,
        changes: this.#changes,
      });
    } catch (error) {
      this.#environment.log.warn("history of changes not written", { error: String(error) });
    }
  }
}
