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

/** What is looked at. */
export interface WayIn {
  /** Null while there is none or it is not known: that is no change. */
  readonly gateway: string | null;
  readonly externalAddress: string | null;
  /** External ports by exposure, of those that are mapped. */
  readonly ports: ReadonlyMap<string, number>;
}

const MOST_CHANGES = 50;
/** Milliseconds for which what is seen to have changed is put down to a signal. */
const SIGNAL_LASTS = 60_000;

const fileSchema = z.object({
  version: z.literal(1),
  gateway: z.string().max(64).nullable(),
  externalAddress: z.string().max(64).nullable(),
  /** Newest first. */
  changes: z.array(networkChangeSchema).max(MOST_CHANGES),
});

export class ChangeLog {
  readonly #path: string;
  readonly #environment: Pick<Environment, "clock" | "log">;
  #gateway: string | null = null;
  #externalAddress: string | null = null;
  readonly #ports = new Map<string, number>();
  #changes: readonly NetworkChange[] = [];
  #signal: { readonly name: ChangeSignal; readonly until: number } | null = null;
  /** What stands in the file was seen by an earlier run. */
  readonly #fromBefore = new Set<"gateway" | "external-address">();

  constructor(path: string, environment: Pick<Environment, "clock" | "log">) {
    this.#path = path;
    this.#environment = environment;
  }

  /** Reads the file; of a damaged one, which is kept aside, nothing depends but the history itself. */
  load(): Notice[] {
    const read = readCheckedFile(this.#path, fileSchema, this.#environment.clock.now());
    if (read.kind === "damaged") this.#environment.log.warn("the history of changes is damaged");
    if (read.kind !== "value") return [];
    const { gateway, externalAddress, changes } = read.value;
    this.#gateway = gateway;
    this.#externalAddress = externalAddress;
    this.#changes = changes;
    this.#fromBefore.add("gateway").add("external-address");
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

  /** The user asked for this exposure anew: what comes of it is no change of the world. */
  forget(exposure: string): void {
    this.#ports.delete(exposure);
  }

  /** What stands now. */
  observe({ gateway, externalAddress, ports }: WayIn): void {
    const found: NetworkChange[] = [];
    if (gateway !== null) {
      found.push(...this.#changed("gateway", this.#gateway, gateway));
      this.#gateway = gateway;
    }
    if (externalAddress !== null) {
      found.push(...this.#changed("external-address", this.#externalAddress, externalAddress));
      this.#externalAddress = externalAddress;
    }
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

  #changed(
    what: "gateway" | "external-address",
    before: string | null,
    after: string,
  ): readonly NetworkChange[] {
    const fromBefore = this.#fromBefore.delete(what);
    if (before === after) return [];
    // The first that is ever seen is none, but the next run has to know of it.
    if (before === null) {
      queueMicrotask(() => this.#write());
      return [];
    }
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
    const signal = this.#signal;
    const known = signal !== null && signal.until > clock.monotonic();
    return {
      at: new Date(clock.now()).toISOString(),
      what,
      exposure,
      before,
      after,
      signal: known ? signal.name : "renewal",
    };
  }

  #write(): void {
    const [gateway, externalAddress] = [this.#gateway, this.#externalAddress];
    try {
      writeJsonFile(this.#path, { version: 1, gateway, externalAddress, changes: this.#changes });
    } catch (error) {
      this.#environment.log.warn("history of changes not written", { error: String(error) });
    }
  }
}
