import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inTime, simulatedDnsWorld, type SimulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../test/dns/fake-dns-server.ts";
import { formatBindKey, labKey, tsigKey } from "../../../test/dns/keys.ts";
import { problem } from "../../../shared/problems.ts";
import { accountSchema, nameSchema } from "../../../shared/settings.ts";
import type { Name } from "../../../shared/snapshot.ts";
import { type NamedExposure, Names } from "./names.ts";
import { noHint } from "./plan-input.ts";
import type { SecretStore } from "./secret-store.ts";
import { recordTypes } from "./wire/numbers.ts";

const zone = "home.example";
const fqdn = "play.home.example";
const srv = "_minecraft._tcp.play.home.example";
const key = labKey("update-key");
const account = accountSchema.parse({
  id: "bind",
  provider: "dns-update",
  server: "198.51.100.53:53",
});
const name = nameSchema.parse({ fqdn, account: "bind" });
const minecraft = { srv: "_minecraft._tcp", defaultPort: 25_565, scheme: null };
const hour = 3_600_000;

let directory: string;
let world: SimulatedDnsWorld;
let server: FakeDnsServer;
let secret: string | null;
let names: Names;

const secrets: SecretStore = {
  read: async () => secret,
  write: async () => undefined,
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-names-"));
  world = simulatedDnsWorld();
  secret = formatBindKey(key);
  server = new FakeDnsServer({
    zone,
    key: tsigKey(key),
    now: () => Math.floor(world.environment.clock.now() / 1000),
  });
  world.serve({ address: "198.51.100.53", port: 53 }, (bytes) => server.answer(bytes));
  names = start();
});

afterEach(() => {
  names.close();
  rmSync(directory, { recursive: true, force: true });
});

function start(): Names {
  const started = new Names({
    environment: world.environment,
    network: world.network,
    secrets,
    bookPath: join(directory, "names.json"),
    onChange: () => undefined,
  });
  expect(started.load()).toEqual([]);
  return started;
}

function exposed(
  address: string | null,
  port = 25_570,
  more: Partial<NamedExposure> = {},
): NamedExposure {
  return {
    key: "tcp/25565",
    endpoints: address === null ? [] : [{ address, port }],
    hint: minecraft,
    ...more,
  };
}

function view(): Name {
  const [first] = names.views();
  if (first === undefined) throw new Error("no name");
  return first;
}

async function advance(milliseconds: number): Promise<void> {
  await world.environment.clock.advance(milliseconds);
}

/** The usual beginning: one Minecraft server, published and seen. */
async function publish(): Promise<void> {
  names.configure({ accounts: [account], names: [name] });
  names.exposures([exposed("52.3.4.5")]);
  await advance(10_000);
  expect(view()).toMatchObject({ state: "visible", error: null });
}

/** Sets that the last update changed, e.g. `A play.home.example`. */
function lastChanged(): readonly string[] {
  const removed = server.updates.at(-1)?.authority.filter(({ class: c }) => c === 255) ?? [];
  const names = new Map<number, string>(
    Object.entries(recordTypes).map(([text, number]) => [number, text]),
  );
  return removed.map(({ type, name }) => `${names.get(type)} ${name}`);
}

describe("publishing", () => {
  test("address, port and marker appear in one update, and are then seen", async () => {
    await publish();
    expect(server.updates).toHaveLength(1);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    expect(server.texts(srv, "SRV")).toEqual([`0 0 25570 ${fqdn}`]);
    expect(server.texts(`_homeport.${fqdn}`, "TXT")[0]).toMatch(
      /^"heritage=homeport,installation=[0-9a-f-]{36}"$/,
    );
    expect(view()).toMatchObject({
      provider: "dns-update",
      records: [
        { type: "TXT", state: "published" },
        { name: fqdn, type: "A", value: "52.3.4.5", ttl: 60, state: "published" },
        { name: srv, type: "SRV", value: `0 0 25570 ${fqdn}`, state: "published" },
      ],
      shares: [{ exposure: "tcp/25565", text: fqdn }],
    });
    expect(view().lastChange).not.toBeNull();
  });

  test("is shown before it is written, and waits until things have settled", async () => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(1900);
    expect(server.updates).toHaveLength(0);
    expect(view()).toMatchObject({
      state: "planned",
      nextAttempt: new Date(world.environment.clock.now() + 100).toISOString(),
      records: [{ state: "planned" }, { state: "planned" }, { state: "planned" }],
    });
    await advance(200);
    expect(server.updates).toHaveLength(1);
  });

  test("what flaps is written once it rests, at the latest after five seconds", async () => {
    names.configure({ accounts: [account], names: [name] });
    for (let port = 1; port <= 12; port += 1) {
      names.exposures([exposed("52.3.4.5", port)]);
      await advance(500);
    }
    expect(server.updates).toHaveLength(1);
    await advance(10_000);
    expect(server.updates.length).toBeLessThanOrEqual(3);
    expect(server.texts(srv, "SRV")).toEqual([`0 0 12 ${fqdn}`]);
  });

  test("a change of the port writes the SRV record alone, one of the address the A record alone", async () => {
    await publish();
    names.exposures([exposed("52.3.4.5", 25_571)]);
    await advance(5000);
    expect(lastChanged()).toEqual([`SRV ${srv}`]);
    names.exposures([exposed("52.3.4.6", 25_571)]);
    await advance(5000);
    expect(lastChanged()).toEqual([`A ${fqdn}`]);
    expect(server.updates).toHaveLength(3);
    expect(view().state).toBe("visible");
  });

  test("an hour without change brings no question to anybody", async () => {
    await publish();
    const before = [server.queries, server.updates.length, world.environment.network.sent];
    names.exposures([exposed("52.3.4.5")]);
    await advance(hour);
    expect([server.queries, server.updates.length, world.environment.network.sent]).toEqual(before);
  });

  test("many names of an account go together", async () => {
    const many = Array.from({ length: 120 }, (_, index) =>
      nameSchema.parse({ fqdn: `n${index}.home.example`, account: "bind" }),
    );
    names.configure({ accounts: [account], names: many });
    names.exposures([exposed("52.3.4.5")]);
    await advance(10_000);
    expect(server.updates).toHaveLength(3);
    expect(new Set(names.views().map(({ state }) => state))).toEqual(new Set(["visible"]));
  });
});

test("resolvers that still tell the old are told, with the time their caches have left", async () => {
  const resolver = new FakeDnsServer({ zone, now: () => 0 });
  world.serve({ address: "192.0.2.99", port: 53 }, (bytes) => resolver.answer(bytes));
  world.network.resolverAddresses = [{ address: "192.0.2.99", port: 53 }];
  await publish();
  for (const { name: owner, type, value } of view().records) {
    resolver.set(owner, type as "A", [value]);
  }
  names.exposures([exposed("52.3.4.6")]);
  resolver.set(fqdn, "A", ["52.3.4.5"], 45);
  await advance(3000);
  const { cachedUntil } = view();
  expect(view().state).toBe("visible");
  expect((Date.parse(cachedUntil ?? "") - world.environment.clock.now()) / 1000).toBeCloseTo(44, 0);
  await advance(60_000);
  expect(view().cachedUntil).toBeNull();
});

describe("checking an account", () => {
  test.each([
    ["the right key", key.secret, "accepted"],
    ["another secret", Buffer.from("another").toString("base64"), "dns-key-secret"],
    ["no key at all", "?", "dns-account"],
  ])("%s", async (_what, base64, expected) => {
    names.configure({ accounts: [], names: [] });
    const checking = names.check(
      { account, secret: formatBindKey({ ...key, secret: base64 }) },
      fqdn,
    );
    const outcome = await inTime(world, checking);
    expect("problem" in outcome ? outcome.problem.code : outcome.kind).toBe(expected);
    expect(server.dump()).toEqual([]);
  });

  test("uses the kept secret, and says when there is none or no such zone", async () => {
    const code = async (name: string): Promise<string> => {
      const outcome = await inTime(world, names.check({ account, secret: null }, name));
      return "problem" in outcome ? outcome.problem.code : outcome.kind;
    };
    expect(await code(fqdn)).toBe("accepted");
    expect(await code("play.elsewhere.example")).toMatch(/^dns-(zone|unreachable)$/);
    secret = null;
    expect(await code(fqdn)).toBe("dns-no-secret");
  });
});

describe("what ends", () => {
  test("an exposure that ends takes its records and the marker along", async () => {
    await publish();
    names.exposures([]);
    await advance(5000);
    expect(server.dump()).toEqual([]);
    expect(view()).toMatchObject({ state: "planned", records: [] });
  });

  test("or leaves them, where the user wants that", async () => {
    names.configure({ accounts: [account], names: [{ ...name, whenUnused: "keep" }] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(10_000);
    names.exposures([]);
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    expect(server.updates).toHaveLength(1);
  });

  test("a name that the user removes is removed from the DNS and then forgotten", async () => {
    await publish();
    names.configure({ accounts: [account], names: [] });
    await advance(5000);
    expect(server.dump()).toEqual([]);
    names.configure({ accounts: [account], names: [] });
    expect(names.views()).toEqual([]);
    expect(readFileSync(join(directory, "names.json"), "utf8")).not.toContain(fqdn);
  });
});

describe("could not tell", () => {
  test("an endpoint that is not known leaves all as it is, and says so", async () => {
    await publish();
    names.exposures([exposed(null)]);
    await advance(10_000);
    expect(server.updates).toHaveLength(1);
    expect(view()).toMatchObject({ state: "stale" });
    names.exposures([exposed("52.3.4.5")]);
    await advance(10_000);
    expect(server.updates).toHaveLength(1);
    expect(view().state).toBe("visible");
  });

  test("a server whose kind is not known any more keeps its SRV record, after a restart too", async () => {
    await publish();
    names.close();
    names = start();
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.6", 25_570, { hint: null })]);
    await advance(10_000);
    expect(server.texts(srv, "SRV")).toEqual([`0 0 25570 ${fqdn}`]);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.6"]);
  });
});

describe("addresses that nobody can reach", () => {
  test.each([
    ["192.168.1.5", "double-nat"],
    ["100.64.3.4", "shared-address"],
    ["192.0.0.2", "ds-lite"],
    ["127.0.0.1", "unusable-address"],
  ])("%s is not published", async (address, code) => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed(address)]);
    await advance(10_000);
    expect(server.updates).toHaveLength(0);
    expect(view()).toMatchObject({ state: "blocked", error: { code } });
  });

  test("IPv6 goes out although IPv4 is shared", async () => {
    const endpoints = [
      { address: "100.64.3.4", port: 25_570 },
      { address: "2a02:908::5", port: 25_565 },
    ];
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed(null, 0, { endpoints })]);
    await advance(10_000);
    expect(server.texts(fqdn, "AAAA")).toEqual(["2a02:908::5"]);
    expect(server.texts(fqdn, "A")).toEqual([]);
    expect(view()).toMatchObject({ state: "visible", error: { code: "shared-address" } });
  });

  test("what was published before stays", async () => {
    await publish();
    names.exposures([exposed("100.64.3.4")]);
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    expect(view()).toMatchObject({ state: "stale", error: { code: "shared-address" } });
  });
});

describe("an address that the internet does not see", () => {
  const refusal = problem("address-differs", "router 52.9.9.9, internet 52.3.4.5");
  const hidden = exposed(null, 0, {
    endpoints: [{ address: "52.9.9.9", port: 25_570, refusal }],
  });

  test("is not published, until it is the one seen", async () => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([hidden]);
    await advance(10_000);
    expect(server.updates).toHaveLength(0);
    expect(view()).toMatchObject({ state: "blocked", error: refusal, shares: [] });
    names.exposures([exposed("52.9.9.9", 25_570)]);
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.9.9.9"]);
    expect(view()).toMatchObject({ state: "visible", error: null });
  });

  test("leaves what was published before", async () => {
    await publish();
    names.exposures([hidden]);
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    expect(view()).toMatchObject({ state: "stale", error: refusal });
  });
});

describe("other people's records", () => {
  test("are not overwritten without consent, and are with it", async () => {
    server.set(fqdn, "A", ["52.99.99.99"]);
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(hour);
    expect(server.updates).toHaveLength(0);
    expect(view()).toMatchObject({
      state: "blocked",
      error: { code: "dns-foreign-records", message: expect.stringContaining("52.99.99.99") },
    });
    names.configure({ accounts: [account], names: [{ ...name, takeOver: true }] });
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    expect(view().state).toBe("visible");
  });

  test("an alias in the way blocks too", async () => {
    server.set(fqdn, "CNAME", ["elsewhere.example"]);
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(10_000);
    expect(view()).toMatchObject({ state: "blocked", error: { code: "dns-foreign-records" } });
    names.configure({ accounts: [account], names: [{ ...name, takeOver: true }] });
    await advance(10_000);
    expect(server.texts(fqdn, "CNAME")).toEqual([]);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
  });

  test("another Homeport's name is left to it", async () => {
    server.set(`_homeport.${fqdn}`, "TXT", [`"heritage=homeport,installation=other"`]);
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(10_000);
    expect(view()).toMatchObject({ state: "blocked", error: { code: "dns-owned-elsewhere" } });
  });

  test("records of other types under the name are nobody's concern", async () => {
    server.set(fqdn, "TXT", [`"v=spf1 -all"`]);
    await publish();
    expect(server.texts(fqdn, "TXT")).toEqual([`"v=spf1 -all"`]);
  });

  test("somebody who is faster than our update wins until it is judged", async () => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    server.beforeUpdate = () => {
      server.beforeUpdate = () => undefined;
      server.set(fqdn, "A", ["52.99.99.99"]);
    };
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.99.99.99"]);
    expect(view()).toMatchObject({ state: "blocked", error: { code: "dns-foreign-records" } });
  });

  test("one name's conflict does not hold up the others of the message", async () => {
    const other = nameSchema.parse({ fqdn: "web.home.example", account: "bind" });
    names.configure({ accounts: [account], names: [name, other] });
    names.exposures([exposed("52.3.4.5")]);
    server.beforeUpdate = () => {
      server.beforeUpdate = () => undefined;
      server.set(fqdn, "A", ["52.99.99.99"]);
    };
    await advance(10_000);
    expect(names.views().map(({ fqdn, state }) => `${fqdn} ${state}`)).toEqual([
      `${fqdn} blocked`,
      "web.home.example visible",
    ]);
  });
});

describe("what changes behind our back", () => {
  test.each([
    ["a record is changed", () => server.set(fqdn, "A", ["52.99.99.99"])],
    ["a record is removed", () => server.set(srv, "SRV", [])],
    [
      "all is removed, the marker too",
      () => {
        server.set(fqdn, "A", []);
        server.set(srv, "SRV", []);
        server.set(`_homeport.${fqdn}`, "TXT", []);
      },
    ],
  ])("%s: it is noticed and restored", async (_what, meddle) => {
    await publish();
    const before = server.dump();
    meddle();
    await advance(7 * hour);
    expect(server.dump()).toEqual(before);
    expect(view()).toMatchObject({ state: "visible", error: null });
  });

  test("but not when it is not ours any more", async () => {
    await publish();
    server.set(fqdn, "A", ["52.99.99.99"]);
    server.set(`_homeport.${fqdn}`, "TXT", []);
    names.poke();
    await advance(10_000);
    expect(server.texts(fqdn, "A")).toEqual(["52.99.99.99"]);
    expect(view()).toMatchObject({ state: "blocked", error: { code: "dns-foreign-records" } });
  });
});

describe("trouble", () => {
  test("answers that are lost: what was done is not done again, and nothing blocks", async () => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    server.losesAnswers = true;
    await advance(3000);
    expect(view()).toMatchObject({ state: "error", error: { code: "dns-unreachable" } });
    expect(view().nextAttempt).not.toBeNull();
    server.losesAnswers = false;
    await advance(30_000);
    expect(view()).toMatchObject({ state: "visible", error: null });
  });

  test("a crash between the request and the note of it converges", async () => {
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    server.losesAnswers = true;
    await advance(3000);
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
    names.close();
    server.losesAnswers = false;
    names = start();
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.6", 25_571)]);
    await advance(20_000);
    expect(view()).toMatchObject({ state: "visible", error: null });
    expect(server.texts(fqdn, "A")).toEqual(["52.3.4.6"]);
    expect(server.texts(srv, "SRV")).toEqual([`0 0 25571 ${fqdn}`]);
  });

  test("offline: changes become one update when the network is back", async () => {
    await publish();
    server.silent = true;
    for (const port of [1, 2, 3]) {
      names.exposures([exposed("52.3.4.5", port)]);
      await advance(20 * 60_000);
    }
    expect(view()).toMatchObject({ state: "error", error: { code: "dns-unreachable" } });
    server.silent = false;
    names.poke();
    await advance(3000);
    expect(server.updates).toHaveLength(2);
    expect(server.texts(srv, "SRV")).toEqual([`0 0 3 ${fqdn}`]);
    expect(view().state).toBe("visible");
  });

  test("a key that is refused is used exactly once a day, restarts or not, until it is edited", async () => {
    secret = formatBindKey({ ...key, secret: Buffer.from("another secret").toString("base64") });
    names.configure({ accounts: [account], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(8 * hour);
    for (let restart = 0; restart < 2; restart += 1) {
      names.close();
      names = start();
      names.configure({ accounts: [account], names: [name] });
      names.exposures([exposed("52.3.4.5", 25_580 + restart)]);
      await advance(8 * hour);
    }
    expect(server.updates).toHaveLength(1);
    expect(view()).toMatchObject({ state: "blocked", nextAttempt: null });
    secret = formatBindKey(key);
    await names.secretChanged("bind");
    await advance(10_000);
    expect(view()).toMatchObject({ state: "visible", error: null });
  });

  test("no secret, no account: said, and nothing is sent", async () => {
    secret = null;
    const orphan = nameSchema.parse({ fqdn: "web.home.example", account: "gone" });
    names.configure({ accounts: [account], names: [name, orphan] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(hour);
    expect(world.environment.network.sent).toBe(0);
    expect(names.views().map(({ error }) => error?.code)).toEqual(["dns-no-secret", "dns-account"]);
  });

  test("no secret is ever in views or in the book", async () => {
    await publish();
    const all = JSON.stringify(names.views()) + readFileSync(join(directory, "names.json"), "utf8");
    expect(all).not.toContain(key.secret);
  });
});

test("a preview writes nothing", async () => {
  names.configure({ accounts: [account], names: [] });
  names.exposures([exposed("52.3.4.5"), { key: "udp/1", endpoints: [], hint: noHint }]);
  const plan = await names.preview(name, { account, secret: null });
  expect(plan.rrsets.map(({ type }) => type)).toEqual(["TXT", "A", "SRV"]);
  await advance(hour);
  expect(world.environment.network.sent).toBe(0);
});
