/** Each API against a local server that keeps its documented contract. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fakeCloudflare } from "../../../../test/dns/apis/cloudflare.ts";
import { fakeDesec } from "../../../../test/dns/apis/desec.ts";
import { fakeDynu } from "../../../../test/dns/apis/dynu.ts";
import { fakeDynv6 } from "../../../../test/dns/apis/dynv6.ts";
import { fakeHetzner } from "../../../../test/dns/apis/hetzner.ts";
import { fakePorkbun } from "../../../../test/dns/apis/porkbun.ts";
import type { FakeApi } from "../../../../test/dns/apis/zone-store.ts";
import { FakeProvider, type ProviderAnswer } from "../../../../test/dns/fake-provider.ts";
import { simulatedEnvironment } from "../../../../test/fixtures/environment.ts";
import { accountSchema } from "../../../../shared/settings.ts";
import { applyChanges, changesBetween } from "../changes.ts";
import type { NameWrite, Publisher, WriteOutcome } from "../publisher.ts";
import { type Rrset, rrsetKey, setText } from "../rrset.ts";
import { parseRecordText } from "../wire/presentation.ts";
import { createPublisher } from "./registry.ts";

const zone = "home.example";
const provider = new FakeProvider();
beforeAll(() => provider.start());
afterAll(() => provider.stop());

let api: FakeApi;

function publisher(secret = api.secret): Publisher {
  const world = { environment: simulatedEnvironment(), network: provider.network() };
  const made = createPublisher(world, accountSchema.parse({ id: "a", provider: api.id }), secret);
  if ("kind" in made) throw new Error(made.problem.message);
  return made;
}

function rrset(
  name: string,
  type: "A" | "AAAA" | "SRV" | "TXT" | "HTTPS",
  ...texts: string[]
): Rrset {
  return { name, type, ttl: 60, data: texts.map((text) => parseRecordText(type, text)) };
}

const fqdn = "play.home.example";
const srv = "_minecraft._tcp.play.home.example";
const marker = rrset(`_homeport.${fqdn}`, "TXT", '"heritage=homeport,installation=1"');
const first: readonly Rrset[] = [
  marker,
  rrset(fqdn, "A", "52.3.4.5"),
  rrset(fqdn, "AAAA", "2a02:908::5"),
  rrset(srv, "SRV", `0 0 25570 ${fqdn}`),
];
const withHttps = [...first, rrset(fqdn, "HTTPS", "1 . port=8443")];

/** Everything from `from` to `to`, as the publication does it: at once, or one set after the other. */
async function bring(
  from: readonly Rrset[],
  to: readonly Rrset[],
  name = fqdn,
  on = publisher(),
): Promise<WriteOutcome> {
  let standing = from;
  for (let step = 0; step < 20; step += 1) {
    const all = changesBetween(standing, to);
    const changes = on.capabilities.atomic ? all : all.slice(0, 1);
    if (changes.length === 0) return { kind: "done" };
    const write: NameWrite = { fqdn: name, changes, requires: [], desired: to };
    const outcome = (await on.write([write])).get(name) ?? { kind: "conflict" };
    if (outcome.kind !== "done") return outcome;
    standing = applyChanges(standing, changes);
  }
  throw new Error("no end");
}

function wanted(): readonly Rrset[] {
  return api.types.includes("HTTPS") ? withHttps : first;
}

function lines(sets: readonly Rrset[]): readonly string[] {
  return sets
    .flatMap(({ name, type, data }) => data.map((one) => `${name} ${type} ${setText(one)}`))
    .toSorted();
}

function kindOf(outcome: WriteOutcome | undefined): string {
  if (outcome === undefined) return "none";
  return "problem" in outcome ? outcome.problem.code : outcome.kind;
}

describe.each([
  ["cloudflare", fakeCloudflare],
  ["desec", fakeDesec],
  ["hetzner", fakeHetzner],
  ["porkbun", fakePorkbun],
  ["dynv6", fakeDynv6],
  ["dynu", fakeDynu],
])("%s", (_id, fake) => {
  beforeEach(() => {
    api = fake(zone);
    provider.calls.length = 0;
    provider.timeout = null;
    provider.answer = (call) => api.handle(call);
  });

  test("can write what it says it can", () => {
    const { types } = publisher().capabilities;
    expect(api.types.filter((type) => !(types as readonly string[]).includes(type))).toEqual([]);
  });

  test("publishes addresses, port and marker, and reads them back", async () => {
    expect(await bring([], wanted())).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(wanted()));
    expect(Math.min(...api.store.records.map(({ ttl }) => ttl))).toBe(Math.max(60, api.leastTtl));
    const outcome = await publisher().read(wanted());
    if (outcome.kind !== "read") throw new Error(outcome.problem.message);
    const read = wanted().map((set) => ({ ...set, data: outcome.sets.get(rrsetKey(set)) ?? [] }));
    expect(lines(read)).toEqual(lines(wanted()));
  });

  test("changes the port alone, in place", async () => {
    await bring([], first);
    const before = new Set(api.store.records.map(({ id }) => id));
    const moved = [...first.slice(0, 3), rrset(srv, "SRV", `0 0 25571 ${fqdn}`)];
    expect(await bring(first, moved)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(moved));
    const untouched = api.store.records.filter(({ id, type }) => type !== "SRV" && before.has(id));
    expect(untouched).toHaveLength(3);
  });

  test("takes everything away again, and may be told twice", async () => {
    await bring([], wanted());
    expect(await bring(wanted(), [])).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual([]);
    expect(await bring(first.slice(0, 1), [])).toEqual({ kind: "done" });
  });

  test("the zone's own name works like any other", async () => {
    const own = [rrset(zone, "A", "52.3.4.5"), rrset(zone, "AAAA", "2a02:908::5")];
    expect(await bring([], own, zone)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(own));
    const other = [rrset(zone, "A", "52.3.4.6")];
    expect(await bring(own, other, zone)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(other));
    expect(await bring(other, [], zone)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual([]);
  });

  test("two values of one set stand beside each other", async () => {
    const two = [rrset(srv, "SRV", `0 0 1 ${fqdn}`, `1 0 2 ${fqdn}`)];
    expect(await bring([], two)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(two));
    const one = [rrset(srv, "SRV", `1 0 2 ${fqdn}`)];
    expect(await bring(two, one)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(one));
  });

  test("what somebody else wrote is a conflict, and stays; what is right already is done", async () => {
    api.store.add(fqdn, "A", 600, "52.99.99.99");
    expect(await bring([], [rrset(fqdn, "A", "52.3.4.5")])).toEqual({ kind: "conflict" });
    expect(api.store.dump()).toEqual([`${fqdn} A 52.99.99.99`]);
    expect(await bring([], [rrset(fqdn, "A", "52.99.99.99")])).toEqual({ kind: "done" });
    expect(api.store.records).toHaveLength(1);
  });

  test("a marker that is gone stops the change", async () => {
    await bring([], first);
    api.store.removeSet(`_homeport.${fqdn}`, "TXT");
    const changes = changesBetween(first, [
      ...first.slice(0, 3),
      rrset(srv, "SRV", `0 0 1 ${fqdn}`),
    ]);
    const write: NameWrite = { fqdn, changes, requires: [marker], desired: [] };
    expect(kindOf((await publisher().write([write])).get(fqdn))).toBe("conflict");
  });

  test("another's records of the zone are left alone", async () => {
    api.store.add("www.home.example", "A", 600, "52.99.99.99");
    api.store.add(zone, "TXT", 600, '"v=spf1 -all"');
    await bring([], wanted());
    await bring(wanted(), []);
    expect(api.store.dump()).toEqual([
      'home.example TXT "v=spf1 -all"',
      "www.home.example A 52.99.99.99",
    ]);
  });

  test("a wrong secret is the account's trouble", async () => {
    const wrong = publisher("pk1_wrong sk1_wrong");
    expect(await bring([], first, fqdn, wrong)).toMatchObject({
      kind: "fatal",
      scope: "account",
      problem: { code: "dns-credentials" },
    });
    expect(await wrong.read(first)).toMatchObject({ problem: { code: "dns-credentials" } });
  });

  test("an account is checked without a change", async () => {
    const code = async (secret: string, name: string): Promise<string> => {
      const outcome = await publisher(secret).check(name);
      return "problem" in outcome ? outcome.problem.code : outcome.kind;
    };
    expect(await code(api.secret, fqdn)).toBe("accepted");
    expect(await code("pk1_wrong sk1_wrong", fqdn)).toBe("dns-credentials");
    expect(await code(api.secret, "play.elsewhere.example")).toBe("dns-name-refused");
    expect(api.store.dump()).toEqual([]);
  });

  test("a name of no zone of the account is the name's trouble", async () => {
    const other = "play.elsewhere.example";
    expect(await bring([], [rrset(other, "A", "52.3.4.5")], other)).toMatchObject({
      kind: "fatal",
      scope: "name",
      problem: { code: "dns-name-refused" },
    });
  });

  test.each<[string, ProviderAnswer, object]>([
    [
      "429 with Retry-After",
      { status: 429, headers: { "retry-after": "77" }, body: {} },
      { reason: "throttled", seconds: 77 },
    ],
    ["503", { status: 503, body: "" }, { reason: "server" }],
    ["a web page", { body: "<!DOCTYPE html>Hello" }, { problem: { code: "dns-bad-answer" } }],
    ["no JSON", { body: "{" }, { problem: { code: "dns-bad-answer" } }],
    ["JSON of another kind", { body: { hello: [1] } }, { problem: { code: "dns-bad-answer" } }],
    [
      "a redirect",
      { status: 301, headers: { location: "https://elsewhere.example/" } },
      { problem: { code: "dns-bad-answer" } },
    ],
    ["an answer cut off", "cut", { problem: { code: "dns-bad-answer" } }],
  ])("%s is waited over", async (_what, answer, expected) => {
    provider.answer = () => answer;
    expect(await bring([], first)).toMatchObject({ kind: "later", ...expected });
    expect(provider.calls).toHaveLength(1);
  });

  test.each<["silence" | "drip"]>([["silence"], ["drip"]])("%s ends in time", async (answer) => {
    provider.timeout = 60;
    provider.answer = () => answer;
    expect(await bring([], first)).toMatchObject({ kind: "later", reason: "network" });
  });

  test("trouble in the middle is told, and the next run finishes", async () => {
    let calls = 0;
    provider.answer = (call) => {
      calls += 1;
      return calls === 3 ? { status: 500, body: "" } : api.handle(call);
    };
    expect(await bring([], first)).toMatchObject({ kind: "later" });
    provider.answer = (call) => api.handle(call);
    expect(await bring([], first)).toEqual({ kind: "done" });
    expect(api.store.dump()).toEqual(lines(first));
  });

  test("no secret in any address or outcome", async () => {
    provider.answer = (call) => ({
      status: 418,
      body: `${JSON.stringify(call.headers)} ${call.body}`,
    });
    const outcome = await bring([], first);
    expect(JSON.stringify(outcome)).not.toContain("s3cr3t");
    expect(
      provider.calls.map(({ address, query }) => address + JSON.stringify(query)).join(),
    ).not.toContain("s3cr3t");
  });
});

describe.each([
  ["cloudflare", fakeCloudflare],
  ["porkbun", fakePorkbun],
])("redirects of %s", (_id, fake) => {
  const www = "www.home.example";
  const redirect = (location: string): Rrset => ({
    name: www,
    type: "REDIRECT",
    ttl: 0,
    data: [{ type: "REDIRECT", location }],
  });
  const address = rrset(fqdn, "A", "52.3.4.5");
  const there = [address, redirect(`http://${fqdn}:8080`)];
  const redirects = (): readonly string[] => api.redirects?.() ?? [];

  beforeEach(() => {
    api = fake(zone);
    provider.calls.length = 0;
    provider.timeout = null;
    provider.answer = (call) => api.handle(call);
  });

  test("are set beside the records, and read back", async () => {
    expect(publisher().capabilities.redirects).toBe(true);
    expect(await bring([], there)).toEqual({ kind: "done" });
    expect(redirects()).toEqual([`${www} http://${fqdn}:8080`]);
    expect(api.store.dump()).toEqual([`${fqdn} A 52.3.4.5`]);
    const outcome = await publisher().read([...there, { name: www, type: "AAAA" }]);
    if (outcome.kind !== "read") throw new Error(outcome.problem.message);
    expect(outcome.sets.get(`REDIRECT ${www}`)).toEqual(there[1]?.data);
    // What the provider needs under the name to answer there is no record of the name's.
    expect(outcome.sets.get(`AAAA ${www}`)).toEqual([]);
  });

  test("follow the port; a second one stands beside the first", async () => {
    await bring([], there);
    const moved = [address, redirect(`http://${fqdn}:8081`)];
    expect(await bring(there, moved)).toEqual({ kind: "done" });
    expect(redirects()).toEqual([`${www} http://${fqdn}:8081`]);
    const other: Rrset = { ...redirect("http://b.home.example"), name: "www2.home.example" };
    expect(await bring(moved, [...moved, other])).toEqual({ kind: "done" });
    expect(redirects()).toHaveLength(2);
  });

  test("go without a trace, also when told twice", async () => {
    await bring([], there);
    expect(await bring(there, [])).toEqual({ kind: "done" });
    expect(redirects()).toEqual([]);
    expect(await bring(there, [])).toEqual({ kind: "done" });
    const outcome = await publisher().read([{ name: www, type: "REDIRECT" }]);
    expect(outcome).toMatchObject({ kind: "read" });
    expect(JSON.stringify(outcome)).not.toContain("8080");
  });

  test("of others are a conflict, and stay", async () => {
    await bring([], [redirect("http://elsewhere.example")]);
    expect(await bring([], there.slice(1))).toEqual({ kind: "conflict" });
    expect(redirects()).toEqual([`${www} http://elsewhere.example`]);
  });

  test("that were cut off anywhere are finished by the next run", async () => {
    for (let cut = 1; cut <= 12; cut += 1) {
      api = fake(zone);
      let calls = 0;
      provider.answer = (call) => {
        calls += 1;
        return calls === cut ? { status: 500, body: "" } : api.handle(call);
      };
      await bring([], there);
      await bring(there, [address, redirect(`http://${fqdn}:8081`)]);
      provider.answer = (call) => api.handle(call);
      const outcome = await publisher().read(there);
      if (outcome.kind !== "read") throw new Error(outcome.problem.message);
      const actual = there.map((set) => ({ ...set, data: outcome.sets.get(rrsetKey(set)) ?? [] }));
      const standing = actual.filter(({ data }) => data.length > 0);
      expect(await bring(standing, there)).toEqual({ kind: "done" });
      expect([cut, redirects()]).toEqual([cut, [`${www} http://${fqdn}:8080`]]);
    }
  });
});

test("a redirect of Cloudflare whose address somebody took away is none, and is set again", async () => {
  api = fakeCloudflare(zone);
  provider.answer = (call) => api.handle(call);
  const data = [{ type: "REDIRECT", location: `http://${fqdn}:8080` }] as const;
  const redirect: Rrset = { name: "www.home.example", type: "REDIRECT", ttl: 0, data };
  await bring([], [redirect]);
  const placeholder = provider.calls.find(({ body }) => body.includes("100::"));
  if (placeholder === undefined) throw new Error("no address was written");
  const address = `${placeholder.address}/p1`;
  api.handle({ ...placeholder, method: "DELETE", address, body: "" });
  expect(api.redirects?.()).toEqual([]);
  const outcome = await publisher().read([redirect]);
  expect(outcome).toMatchObject({ kind: "read", sets: new Map([[rrsetKey(redirect), []]]) });
  expect(await bring([], [redirect])).toEqual({ kind: "done" });
  expect(api.redirects?.()).toEqual([`www.home.example http://${fqdn}:8080`]);
});

describe("an account that may not set redirects", () => {
  test("writes its records all the same, and says why not the redirect", async () => {
    api = fakeCloudflare(zone);
    api.mayRedirect?.(false);
    provider.answer = (call) => api.handle(call);
    const on = publisher();
    const data = [{ type: "REDIRECT", location: `http://${fqdn}:8080` }] as const;
    const redirect: Rrset = { name: "www.home.example", type: "REDIRECT", ttl: 0, data };
    expect(await bring([], [rrset(fqdn, "A", "52.3.4.5"), redirect], fqdn, on)).toMatchObject({
      kind: "later",
      scope: "name",
      seconds: 0,
      problem: { code: "dns-redirect-refused" },
    });
    expect(api.store.dump()).toEqual([`${fqdn} A 52.3.4.5`]);
    expect(on.capabilities.redirects).toMatchObject({ code: "dns-redirect-refused" });
    on.reconsider?.();
    expect(on.capabilities.redirects).toBe(true);
  });
});

describe("batches", () => {
  test.each([
    ["cloudflare", fakeCloudflare],
    ["desec", fakeDesec],
  ])("%s: several names in one call; one that conflicts is left out", async (_id, fake) => {
    api = fake(zone);
    provider.calls.length = 0;
    provider.answer = (call) => api.handle(call);
    api.store.add("b.home.example", "A", 600, "52.99.99.99");
    const writes = ["a", "b", "c"].map((label): NameWrite => {
      const name = `${label}.home.example`;
      const desired = [rrset(name, "A", "52.3.4.5")];
      return { fqdn: name, changes: changesBetween([], desired), requires: [], desired };
    });
    const outcomes = await publisher().write(writes);
    expect([...outcomes.values()].map(kindOf).toSorted()).toEqual(["conflict", "done", "done"]);
    expect(kindOf(outcomes.get("b.home.example"))).toBe("conflict");
    expect(provider.calls.filter(({ method }) => method !== "GET")).toHaveLength(1);
    expect(api.store.dump()).toEqual([
      "a.home.example A 52.3.4.5",
      "b.home.example A 52.99.99.99",
      "c.home.example A 52.3.4.5",
    ]);
  });
});
