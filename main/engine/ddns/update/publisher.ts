/** The provider “a DNS server that takes updates”: RFC 2136 with TSIG. */
import type { AccountSetting } from "../../../../shared/settings.ts";
import { problem } from "../../../../shared/problems.ts";
import type { UdpAddress } from "../../environment.ts";
import { findZone, type Zone } from "../lookup/authority.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import { ask } from "../lookup/resolver.ts";
import type {
  CheckOutcome,
  NameWrite,
  Publisher,
  PublisherCapabilities,
  ReadOutcome,
  WriteOutcome,
} from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import { type DnsRef, isDns, rrsetKey, type RrsetRef } from "../rrset.ts";
import { isWithin } from "../wire/name.ts";
import type { RecordData } from "../wire/rdata.ts";
import { noRedirects } from "../providers/redirects.ts";
import type { TsigKey } from "../wire/tsig.ts";
import { sendUpdate, type UpdateOutcome } from "./client.ts";
import { parseTsigKey } from "./key.ts";
import { parseServer } from "./server-address.ts";

const capabilities: PublisherCapabilities = {
  types: ["A", "AAAA", "SRV", "TXT", "HTTPS", "SVCB"],
  namesBelow: true,
  minimumTtl: 0,
  removes: true,
  redirects: noRedirects,
  atomic: true,
  readable: true,
  namesPerRequest: 50,
  limits: { rates: [{ count: 20, seconds: 1 }], outageSeconds: 60, throttledSeconds: 60 },
  keepAliveDays: null,
};

/** `secret` is the key as BIND prints it. */
export function createUpdatePublisher(
  world: DnsWorld,
  account: AccountSetting,
  secret: string,
): Publisher | Refusal {
  const parsed = parseTsigKey(secret);
  if (parsed.kind === "invalid") return accountTrouble(parsed.reason);
  const server = account.server === "" ? null : parseServer(account.server);
  if (server?.kind === "invalid") return accountTrouble(server.reason);
  return new UpdatePublisher(world, account, parsed.key, server?.server ?? null);
}

class UpdatePublisher implements Publisher {
  readonly capabilities = capabilities;
  readonly #world: DnsWorld;
  readonly #key: TsigKey;
  readonly #account: AccountSetting;
  readonly #server: UdpAddress | null;
  /** Zones found, by the name they were found for. */
  readonly #zones = new Map<string, Zone>();

  constructor(world: DnsWorld, account: AccountSetting, key: TsigKey, server: UdpAddress | null) {
    this.#world = world;
    this.#account = account;
    this.#key = key;
    this.#server = server;
  }

  /** An UPDATE that changes nothing: the server checks signature and permission all the same. */
  async check(fqdn: string): Promise<CheckOutcome> {
    const place = await this.#place(fqdn);
    if ("kind" in place) return place;
    const outcome = await this.#send(place.zone, place.primary, []);
    return outcome.kind === "fatal" || outcome.kind === "later" ? outcome : { kind: "accepted" };
  }

  async read(refs: readonly RrsetRef[]): Promise<ReadOutcome> {
    const sets = new Map<string, readonly RecordData[]>();
    // Names first, then what is below them and so in the same zone.
    for (const ref of refs.filter(isDns).toSorted((a, b) => a.name.length - b.name.length)) {
      const place = await this.#place(ref.name);
      if ("kind" in place) return place;
      const data = await this.#readOne(place.primary, ref);
      if (data === null) {
        this.#zones.clear();
        return networkTrouble(`no answer from the primary of ${place.zone}`);
      }
      sets.set(rrsetKey(ref), data);
    }
    return { kind: "read", sets };
  }

  async write(writes: readonly NameWrite[]): Promise<ReadonlyMap<string, WriteOutcome>> {
    const outcomes = new Map<string, WriteOutcome>();
    const zones = new Map<string, { primary: readonly UdpAddress[]; writes: NameWrite[] }>();
    for (const write of writes) {
      const place = await this.#place(write.fqdn);
      if ("kind" in place) outcomes.set(write.fqdn, place);
      else {
        const zone = zones.get(place.zone) ?? { primary: place.primary, writes: [] };
        zone.writes.push(write);
        zones.set(place.zone, zone);
      }
    }
    for (const [zone, batch] of zones) {
      // One name's conflict stops the whole message; all are read again, and the one that is blocked drops out.
      const outcome = await this.#send(zone, batch.primary, batch.writes);
      for (const { fqdn } of batch.writes) outcomes.set(fqdn, outcome);
    }
    return outcomes;
  }

  async #send(
    zone: string,
    primary: readonly UdpAddress[],
    writes: readonly NameWrite[],
  ): Promise<WriteOutcome> {
    const outcome = await sendUpdate(this.#world, primary, this.#key, {
      zone,
      changes: writes.flatMap(({ changes }) => changes),
      requires: writes.flatMap(({ requires }) => requires),
    });
    // The primary may have moved.
    if (outcome.kind === "failed" || outcome.kind === "refused") this.#zones.clear();
    return writeOutcome(outcome);
  }

  async #readOne(
    primary: readonly UdpAddress[],
    { name, type }: DnsRef,
  ): Promise<readonly RecordData[] | null> {
    for (const server of primary) {
      const outcome = await ask(this.#world, server, name, type, false);
      if (outcome.kind === "answer" && outcome.answer.authoritative) {
        // An alias above would have been followed; only the set itself counts here.
        return outcome.answer.data.filter((data) => data.type === type);
      }
    }
    return null;
  }

  async #place(name: string): Promise<Zone | Refusal> {
    for (const [known, zone] of this.#zones) if (isWithin(name, known)) return zone;
    const { zone } = this.#account;
    if (zone !== "" && this.#server !== null) return { zone, primary: [this.#server] };
    const found = await findZone(this.#world, name, this.#server);
    if (found.kind === "failed") {
      const trouble = networkTrouble(found.reason);
      return found.answered
        ? { ...trouble, scope: "name", problem: problem("dns-zone", found.reason) }
        : trouble;
    }
    const place = zone === "" ? found.zone : { ...found.zone, zone };
    this.#zones.set(name, place);
    return place;
  }
}

function writeOutcome(outcome: UpdateOutcome): WriteOutcome {
  switch (outcome.kind) {
    case "done":
    case "conflict":
      return { kind: outcome.kind };
    case "key-rejected":
      return fatal(
        "account",
        problem(outcome.error === "BADKEY" ? "dns-key-unknown" : "dns-key-secret"),
      );
    case "bad-time": {
      const { ahead } = outcome;
      const detail =
        ahead === null
          ? undefined
          : `the server is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead" : "behind"}`;
      return {
        kind: "later",
        scope: "account",
        reason: "server",
        seconds: 300,
        problem: problem("dns-clock", detail),
      };
    }
    case "refused":
      return fatal("name", problem("dns-update-refused", outcome.rcode));
    case "failed":
      return outcome.reason === "SERVFAIL"
        ? {
            kind: "later",
            scope: "name",
            reason: "server",
            seconds: null,
            problem: problem("dns-server-trouble", "SERVFAIL"),
          }
        : networkTrouble(outcome.reason);
  }
}

function fatal(scope: "account" | "name", reason: ReturnType<typeof problem>): Refusal {
  return { kind: "fatal", scope, problem: reason };
}

function accountTrouble(reason: string): Refusal {
  return fatal("account", problem("dns-account", reason));
}

function networkTrouble(detail: string): Refusal & { readonly kind: "later" } {
  return {
    kind: "later",
    scope: "account",
    reason: "network",
    seconds: null,
    problem: problem("dns-unreachable", detail),
  };
}
