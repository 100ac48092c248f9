/** The UPDATE client and the look-ups against a real BIND. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findAuthority } from "../../main/engine/ddns/lookup/authority.ts";
import type { DnsWorld } from "../../main/engine/ddns/lookup/exchange.ts";
import { agreed, observe } from "../../main/engine/ddns/lookup/observe.ts";
import { nodeNamesNetwork } from "../../main/engine/system/node-names-network.ts";
import type { RrsetChange } from "../../main/engine/ddns/rrset.ts";
import { sendUpdate, type UpdateOutcome } from "../../main/engine/ddns/update/client.ts";
import { createUpdatePublisher } from "../../main/engine/ddns/update/publisher.ts";
import { accountSchema } from "../../shared/settings.ts";
import { parseTsigKey } from "../../main/engine/ddns/update/key.ts";
import { parseRecordText, recordText } from "../../main/engine/ddns/wire/presentation.ts";
import type { RecordType } from "../../main/engine/ddns/wire/rdata.ts";
import { tsigAlgorithms } from "../../main/engine/ddns/wire/tsig.ts";
import { nodeNetwork } from "../../main/engine/system/node-network.ts";
import { systemClock, systemRandom } from "../../main/engine/system/system-environment.ts";
import { type Bind, startBind } from "../dns/bind.ts";
import { formatBindKey, labKey, tsigKey } from "../dns/keys.ts";
import { silentLog } from "../fixtures/environment.ts";

const zone = "home.example";
const keys = tsigAlgorithms.map((algorithm) => labKey(`key-${algorithm}`, algorithm));
const reader = { ...labKey("reader"), mayUpdate: false };
const [mainKey = reader] = keys;
const world: DnsWorld = {
  environment: { clock: systemClock, random: systemRandom, network: nodeNetwork, log: silentLog },
  network: nodeNamesNetwork(),
};
let bind: Bind;

beforeAll(async () => {
  const long = Array.from({ length: 20 }, (_, index) => `long TXT "${index} ${"x".repeat(200)}"`);
  bind = await startBind({ zone, keys: [...keys, reader], records: long.join("\n") });
});
afterAll(async () => bind.stop());
beforeEach(() => {
  bind.nsupdate(mainKey, [
    "update delete play.home.example",
    "update delete _minecraft._tcp.play.home.example",
  ]);
});

type SettableType = Exclude<RecordType, "SOA">;

function change(
  name: string,
  type: SettableType,
  before: readonly string[] | null,
  after: readonly string[],
): RrsetChange {
  const parse = (text: string) => parseRecordText(type, text);
  return { name, type, before: before?.map(parse) ?? null, after: after.map(parse), ttl: 60 };
}

function update(
  changes: readonly RrsetChange[],
  key = tsigKey(mainKey),
  from: DnsWorld = world,
): Promise<UpdateOutcome> {
  return sendUpdate(from, [bind], key, { zone, changes });
}

const play = "play.home.example";
const srv = "_minecraft._tcp.play.home.example";

describe("an update", () => {
  test.each(keys)("with $algorithm is done and its answer verified", async (key) => {
    const outcome = await update(
      [
        change(play, "A", [], ["52.3.4.5"]),
        change(play, "AAAA", [], ["2a02:908::1"]),
        change(srv, "SRV", [], [`0 0 25570 ${play}`]),
        change(play, "HTTPS", [], ["1 . alpn=h2 port=8443"]),
        change(play, "TXT", [], [String.raw`"a \"quoted\" text" "\200"`]),
      ],
      tsigKey(key),
    );
    expect(outcome).toEqual({ kind: "done" });
    expect(bind.dig(play, "A")).toEqual([`${play}. 60 IN A 52.3.4.5`]);
    expect(bind.dig(play, "AAAA")).toEqual([`${play}. 60 IN AAAA 2a02:908::1`]);
    expect(bind.dig(srv, "SRV")).toEqual([`${srv}. 60 IN SRV 0 0 25570 ${play}.`]);
    expect(bind.dig(play, "HTTPS")).toEqual([`${play}. 60 IN HTTPS 1 . alpn="h2" port=8443`]);
    expect(bind.dig(play, "TXT")).toEqual([
      String.raw`${play}. 60 IN TXT "a \"quoted\" text" "\200"`,
    ]);
  });

  test("all or none: one prerequisite that fails stops everything", async () => {
    await update([change(play, "A", [], ["52.3.4.5"])]);
    const changes = [
      change(srv, "SRV", [], [`0 0 1 ${play}`]),
      change(play, "A", ["52.9.9.9"], ["52.3.4.6"]),
    ];
    expect(await update(changes)).toEqual({ kind: "conflict", rcode: "NXRRSET" });
    expect(bind.dig(srv, "SRV")).toEqual([]);
    expect(await update([change(play, "A", [], ["52.3.4.6"])])).toEqual({
      kind: "conflict",
      rcode: "YXRRSET",
    });
    expect(bind.dig(play, "A")).toEqual([`${play}. 60 IN A 52.3.4.5`]);
    expect(await update([change(play, "A", ["52.3.4.5"], ["52.3.4.6"])])).toEqual({ kind: "done" });
    expect(bind.dig(play, "A")).toEqual([`${play}. 60 IN A 52.3.4.6`]);
  });

  test("removes a set, and may be repeated", async () => {
    await update([change(play, "A", [], ["52.3.4.5"]), change(play, "AAAA", [], ["2a02:908::1"])]);
    expect(await update([change(play, "A", ["52.3.4.5"], [])])).toEqual({ kind: "done" });
    expect(bind.dig(play, "A")).toEqual([]);
    expect(bind.dig(play, "AAAA")).toHaveLength(1);
    expect(await update([change(play, "A", [], [])])).toEqual({ kind: "done" });
  });

  test("of more than 512 bytes goes over TCP", async () => {
    const texts = Array.from({ length: 8 }, (_, index) => `"${index} ${"y".repeat(200)}"`);
    expect(await update([change(play, "TXT", [], texts)])).toEqual({ kind: "done" });
    expect(bind.dig(play, "TXT")).toHaveLength(8);
  });

  test("outside the zone is not even sent", async () => {
    expect(await update([change("other.example", "A", null, ["52.3.4.5"])])).toEqual({
      kind: "refused",
      rcode: "NOTZONE",
    });
  });
});

describe("what is wrong with the key is told apart", () => {
  const changes = [change(play, "A", null, ["52.3.4.5"])];

  test("BADKEY: the server does not know it", async () => {
    expect(await update(changes, tsigKey(labKey("nobody")))).toEqual({
      kind: "key-rejected",
      error: "BADKEY",
    });
  });

  test("BADSIG: the secret is another", async () => {
    const key = { ...tsigKey(mainKey), secret: Uint8Array.from(Buffer.from("wrong")) };
    expect(await update(changes, key)).toEqual({ kind: "key-rejected", error: "BADSIG" });
  });

  test.each([-3600, 3600])("BADTIME: our clock is %d seconds off", async (seconds) => {
    const environment = {
      ...world.environment,
      clock: { ...systemClock, now: () => systemClock.now() + seconds * 1000 },
    };
    const outcome = await update(changes, tsigKey(mainKey), { ...world, environment });
    expect(outcome.kind).toBe("bad-time");
    const ahead = outcome.kind === "bad-time" ? (outcome.ahead ?? 0) : 0;
    expect(Math.abs(ahead + seconds)).toBeLessThan(30);
  });

  test("REFUSED: it may not update", async () => {
    expect(await update(changes, tsigKey(reader))).toEqual({ kind: "refused", rcode: "REFUSED" });
  });

  test("nobody there", async () => {
    const outcome = await sendUpdate(world, [{ address: "127.0.0.1", port: 1 }], tsigKey(mainKey), {
      zone,
      changes,
    });
    expect(outcome).toEqual({ kind: "failed", reason: "unreachable" });
    expect(bind.dig(play, "A")).toEqual([]);
  });
});

describe("a check changes nothing and tells the same", () => {
  test.each([
    ["a key that may update", mainKey, "accepted"],
    ["a key that may not", reader, "dns-update-refused"],
    ["a key nobody knows", labKey("nobody"), "dns-key-unknown"],
    ["a key with another secret", { ...mainKey, secret: labKey("other").secret }, "dns-key-secret"],
  ])("%s", async (_what, key, expected) => {
    const account = accountSchema.parse({
      id: "bind",
      provider: "dns-update",
      server: `${bind.address}:${bind.port}`,
    });
    const publisher = createUpdatePublisher(world, account, formatBindKey(key));
    const outcome = "kind" in publisher ? publisher : await publisher.check(play);
    expect("problem" in outcome ? outcome.problem.code : outcome.kind).toBe(expected);
  });
});

describe("looking", () => {
  test("finds the zone from a name far below it", async () => {
    const found = await findAuthority(world, "a.b.c.home.example", bind);
    expect(found).toMatchObject({
      kind: "found",
      authority: { zone, primary: [{ address: bind.address, port: bind.port }] },
    });
  });

  test("says when a server has no such zone", async () => {
    expect(await findAuthority(world, "a.other.example", bind)).toMatchObject({ kind: "failed" });
  });

  test("sees sets of any size, their TTL, and that something is absent", async () => {
    await update([change(play, "A", [], ["52.3.4.5"])]);
    const server = { name: "bind", addresses: [bind] };
    const authority = { zone, primary: [bind], servers: [server] };
    const [a, long, none] = await observe(world, authority, [
      { name: play, type: "A" },
      { name: "long.home.example", type: "TXT" },
      { name: "nothing.home.example", type: "A" },
    ]);
    expect(a?.views).toMatchObject([{ ttl: 60, servers: ["bind"] }]);
    expect(a === undefined ? [] : agreed(a)?.map(recordText)).toEqual(["52.3.4.5"]);
    expect(long?.views[0]?.data).toHaveLength(20);
    expect(none?.views).toMatchObject([{ data: [], ttl: 60 }]);
  });
});

describe("keys as BIND prints them", () => {
  test.each(tsigAlgorithms)("tsig-keygen -a %s", (algorithm) => {
    const printed = execFileSync("tsig-keygen", [
      "-a",
      algorithm,
      "my-key.home.example",
    ]).toString();
    const parsed = parseTsigKey(printed);
    expect(parsed).toMatchObject({ kind: "key", key: { name: "my-key.home.example", algorithm } });
  });

  test("ddns-confgen with all it says around the key", () => {
    const printed = execFileSync("ddns-confgen", ["-s", "home.example"]).toString();
    expect(parseTsigKey(printed)).toMatchObject({
      kind: "key",
      key: { name: "ddns-key.home.example", algorithm: "hmac-sha256" },
    });
  });

  test("a pasted key updates", async () => {
    const parsed = parseTsigKey(formatBindKey(mainKey));
    const key = parsed.kind === "key" ? parsed.key : tsigKey(reader);
    expect(await update([change(play, "A", [], ["52.3.4.5"])], key)).toEqual({ kind: "done" });
  });
});
