/** Each provider against a local server that keeps its documented contract. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeProvider, type ProviderAnswer } from "../../../../test/dns/fake-provider.ts";
import { simulatedEnvironment } from "../../../../test/fixtures/environment.ts";
import { accountSchema } from "../../../../shared/settings.ts";
import type { NameWrite, Publisher, WriteOutcome } from "../publisher.ts";
import type { Rrset } from "../rrset.ts";
import { createPublisher } from "./registry.ts";
import { urlProviders } from "./url-providers.ts";

const secret = "s3cr3t/with&odd=characters";
const ipv4 = "52.3.4.5";
const ipv6 = "2a02:908::5";

const provider = new FakeProvider();
beforeAll(() => provider.start());
afterAll(() => provider.stop());
beforeEach(() => {
  provider.calls.length = 0;
  provider.timeout = null;
});

function publisher(id: string, more: object = {}): Publisher {
  const world = { environment: simulatedEnvironment(), network: provider.network() };
  const account = accountSchema.parse({ id: "a", provider: id, user: "me", ...more });
  const made = createPublisher(world, account, secret);
  if ("kind" in made) throw new Error(made.problem.message);
  return made;
}

/** All addresses new. */
function setting(fqdn: string, addresses: readonly string[] = [ipv4]): NameWrite {
  const desired = addresses.map((address): Rrset => {
    const type = address.includes(":") ? "AAAA" : "A";
    return { name: fqdn, type, ttl: 60, data: [{ type, address }] };
  });
  const changes = desired.map(({ data, ...rest }) => ({ ...rest, before: [], after: data }));
  return { fqdn, changes, requires: [], desired };
}

async function write(id: string, writes: readonly NameWrite[], more: object = {}) {
  return [...(await publisher(id, more).write(writes)).values()];
}

/** The outcome of one name whose provider answers so. */
async function outcome(id: string, answer: ProviderAnswer, fqdn = "home.example") {
  provider.answer = () => answer;
  const [first] = await write(id, [setting(fqdn)], { server: "https://dyn.example/{host}" });
  if (first === undefined) throw new Error("no outcome");
  return first;
}

const basic = (user: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

interface Contract {
  readonly id: string;
  readonly fqdn?: string;
  /** Method and address for IPv4, its query, and who is authenticated. */
  readonly address: string;
  readonly query: Readonly<Record<string, string>>;
  readonly basic?: string;
  /** Queries of all calls for both families; absent where IPv6 is not known. */
  readonly both?: readonly Readonly<Record<string, string>>[];
  readonly success: readonly string[];
  readonly failures: readonly (readonly [answer: ProviderAnswer, code: string])[];
}

const host = "home.example";
const both = `${ipv4},${ipv6}`;
/** Words of the protocol, with what has to come of them. */
const words: Contract["failures"] = [
  [{ body: "badauth" }, "dns-credentials"],
  [{ status: 401, body: "badauth\n" }, "dns-credentials"],
  [{ status: 401, body: "" }, "dns-credentials"],
  [{ body: "!donator" }, "dns-option-refused"],
  [{ body: "notfqdn" }, "dns-name-refused"],
  [{ body: "nohost" }, "dns-name-refused"],
  [{ status: 404, body: "nohost" }, "dns-name-refused"],
  [{ body: "numhost" }, "dns-name-refused"],
  [{ body: "!yours" }, "dns-name-refused"],
  [{ body: "!active" }, "dns-name-refused"],
  [{ body: "abuse" }, "dns-abuse"],
  [{ status: 403, body: "abuse" }, "dns-abuse"],
  [{ body: "badagent" }, "dns-client-refused"],
  [{ body: "badsys" }, "dns-client-refused"],
  [{ body: "good 127.0.0.1" }, "dns-client-refused"],
  [{ body: "dnserr" }, "dns-server-trouble"],
  [{ body: "911" }, "dns-server-trouble"],
  [{ status: 503, body: "911" }, "dns-server-trouble"],
  [{ body: "servererror" }, "dns-server-trouble"],
  [{ body: "interval" }, "dns-rate-limit"],
  [{ body: "good 52.9.9.9" }, "dns-bad-answer"],
  [{ body: "goodbye" }, "dns-bad-answer"],
  [{ body: "" }, "dns-bad-answer"],
];
const goodWords = [`good ${ipv4}`, "good", `nochg ${ipv4}\r\n`, `GOOD ${ipv4}`, `good ${ipv4},::1`];

function dyndns2(
  id: string,
  address: string,
  more: Partial<Contract> & { readonly each?: boolean } = {},
): Contract {
  const { each = true, ...rest } = more;
  return {
    id,
    address,
    query: { hostname: host, myip: ipv4 },
    basic: "me",
    both: each
      ? [
          { hostname: host, myip: ipv4 },
          { hostname: host, myip: ipv6 },
        ]
      : [{ hostname: host, myip: both }],
    success: goodWords,
    failures: words,
    ...rest,
  };
}

const contracts: readonly Contract[] = [
  {
    id: "duckdns",
    fqdn: "me.duckdns.org",
    address: "https://www.duckdns.org/update",
    query: { domains: "me", token: secret, ip: ipv4 },
    both: [{ domains: "me", token: secret, ip: ipv4, ipv6 }],
    success: ["OK", `OK\n${ipv4}\n\nUPDATED`, `OK\n${ipv4}\n\nNOCHANGE`],
    failures: [[{ body: "KO" }, "dns-name-refused"]],
  },
  dyndns2("noip", "https://dynupdate.no-ip.com/nic/update", { each: false }),
  dyndns2("freedns", "https://freedns.afraid.org/nic/update", {
    success: [
      ...goodWords,
      "Updated 1 host(s) home.example to 52.3.4.5 in 0.1 seconds",
      "ERROR: Address 52.3.4.5 has not changed.",
      "No IP change detected for home.example with IP 52.3.4.5, skipping update",
    ],
    failures: [
      ...words,
      [{ body: "ERROR: Invalid login or password" }, "dns-credentials"],
      [{ body: "ERROR: Unable to locate this record" }, "dns-name-refused"],
      [{ body: "ERROR: something else" }, "dns-bad-answer"],
    ],
  }),
  dyndns2("he", "https://dyn.dns.he.net/nic/update", { basic: host }),
  {
    id: "namecheap",
    fqdn: "play.home.example",
    address: "https://dynamicdns.park-your-domain.com/update",
    query: { host: "play", domain: "home.example", password: secret, ip: ipv4 },
    success: [
      `<?xml version="1.0"?><interface-response><IP>${ipv4}</IP><ErrCount>0</ErrCount></interface-response>`,
    ],
    failures: [
      [
        {
          body: "<interface-response><ErrCount>1</ErrCount><errors><Err1>Passwords do not match</Err1></errors>",
        },
        "dns-credentials",
      ],
      [
        {
          body: "<interface-response><ErrCount>1</ErrCount><errors><Err1>Domain name not found</Err1></errors>",
        },
        "dns-name-refused",
      ],
      [
        {
          body: "<interface-response><ErrCount>1</ErrCount><errors><Err1>No Records updated. A record not Found;</Err1></errors>",
        },
        "dns-name-refused",
      ],
      [{ body: "<interface-response><ErrCount>2</ErrCount>" }, "dns-bad-answer"],
    ],
  },
  dyndns2("ovh", "https://dns.eu.ovhapis.com/nic/update", {
    query: { system: "dyndns", hostname: host, myip: ipv4 },
    both: [
      { system: "dyndns", hostname: host, myip: ipv4 },
      { system: "dyndns", hostname: host, myip: ipv6 },
    ],
  }),
  {
    id: "ipv64",
    address: "https://ipv64.net/nic/update",
    query: { key: secret, domain: host, ip: ipv4 },
    both: [{ key: secret, domain: host, ip: ipv4, ip6: ipv6 }],
    success: ["good", "nochg"],
    failures: [
      [{ status: 401, body: "badauth" }, "dns-credentials"],
      [{ status: 403, body: "Forbidden" }, "dns-credentials"],
      [{ body: "nohost" }, "dns-name-refused"],
    ],
  },
  dyndns2("strato", "https://dyndns.strato.com/nic/update", { each: false }),
  {
    id: "ddnss",
    address: "https://ddnss.de/upd.php",
    query: { key: secret, host, ip: ipv4 },
    both: [{ key: secret, host, ip: ipv4, ip6: ipv6 }],
    success: [
      "good",
      "<html><body>Updated 1 hostname.</body></html>",
      "<!DOCTYPE html><html>No change</html>",
    ],
    failures: [
      [{ body: "<html>badauth</html>" }, "dns-credentials"],
      [{ body: "<html>notfqdn</html>" }, "dns-name-refused"],
      [{ body: "badysys" }, "dns-name-refused"],
      [{ body: "<html>hello</html>" }, "dns-bad-answer"],
    ],
  },
  dyndns2("ydns", "https://ydns.io/api/v1/update/", {
    query: { host, ip: ipv4 },
    both: [
      { host, ip: ipv4 },
      { host, ip: ipv6 },
    ],
    success: [...goodWords, `ok ${ipv4}`],
    failures: [
      ...words,
      [{ status: 404, body: "Host not found" }, "dns-name-refused"],
      [{ status: 400, body: "Invalid input" }, "dns-name-refused"],
    ],
  }),
  dyndns2("nsupdate-info", "https://ipv4.nsupdate.info/nic/update", { basic: host }),
  dyndns2("dyn", "https://members.dyndns.org/v3/update"),
  dyndns2("dnsomatic", "https://updates.dnsomatic.com/nic/update"),
  dyndns2("hosting-de", "https://ddns.hosting.de/nic/update"),
  dyndns2("infomaniak", "https://infomaniak.com/nic/update"),
  dyndns2("inwx", "https://dyndns.inwx.com/nic/update", {
    both: [{ hostname: host, myip: ipv4, myipv6: ipv6 }],
  }),
  dyndns2("variomedia", "https://dyndns.variomedia.de/nic/update"),
];

test("every provider of the table has a contract here", () => {
  expect(contracts.map(({ id }) => id).toSorted()).toEqual(
    Object.keys(urlProviders)
      .filter((id) => id !== "dyndns2" && id !== "custom")
      .toSorted(),
  );
});

describe.each(contracts)("$id", ({ id, fqdn = host, ...contract }) => {
  test("is asked as it documents", async () => {
    provider.answer = () => ({ body: contract.success[0] ?? "" });
    expect(await write(id, [setting(fqdn)])).toEqual([{ kind: "done" }]);
    expect(provider.calls).toHaveLength(1);
    const { method, address, query, headers } = provider.last;
    expect({ method, address, query }).toEqual({
      method: "GET",
      address: contract.address,
      query: contract.query,
    });
    expect(headers["authorization"]).toBe(
      contract.basic === undefined ? undefined : basic(contract.basic),
    );
    expect(headers["user-agent"]).toMatch(/^Homeport\/\d+\.\d+\.\d+ \(\w+\)$/);
  });

  test("gets both addresses", async () => {
    provider.answer = ({ query }) => ({
      body: (contract.success[0] ?? "").replace(
        ipv4,
        (query["myip"] ?? query["ip"] ?? ipv4).split(",")[0] ?? ipv4,
      ),
    });
    const addresses = contract.both === undefined ? [ipv4] : [ipv4, ipv6];
    expect(await write(id, [setting(fqdn, addresses)])).toEqual([{ kind: "done" }]);
    expect(provider.calls.map(({ query }) => query)).toEqual(contract.both ?? [contract.query]);
  });

  test.each(contract.success)("takes for success: %j", async (body) => {
    expect(await outcome(id, { body }, fqdn)).toEqual({ kind: "done" });
  });

  test.each(contract.failures)("understands %j", async (answer, code) => {
    expect(await outcome(id, answer, fqdn)).toMatchObject({ problem: { code } });
  });

  test.each<[string, ProviderAnswer, object]>([
    [
      "429 with Retry-After",
      { status: 429, headers: { "retry-after": "77" } },
      { reason: "throttled", seconds: 77, problem: { code: "dns-rate-limit" } },
    ],
    ["429 without", { status: 429 }, { reason: "throttled", seconds: null }],
    ["502", { status: 502, body: "<html>Bad gateway" }, { reason: "server" }],
    [
      "a page for people",
      { body: "<!DOCTYPE html><html><body>Welcome!</body></html>" },
      { kind: "later", problem: { code: "dns-bad-answer" } },
    ],
    [
      "a redirect, which is not followed",
      { status: 302, headers: { location: "https://elsewhere.example/" } },
      { kind: "later", problem: { code: "dns-bad-answer" } },
    ],
    [
      "an answer without end",
      { body: "g".repeat(200_000) },
      { kind: "later", problem: { code: "dns-bad-answer" } },
    ],
    ["an answer cut off", "cut", { kind: "later", problem: { code: "dns-bad-answer" } }],
  ])("%s", async (_what, answer, expected) => {
    expect(await outcome(id, answer, fqdn)).toMatchObject({ scope: "account", ...expected });
    expect(provider.calls).toHaveLength(1);
  });

  test.each<["silence" | "drip"]>([["silence"], ["drip"]])("%s ends in time", async (answer) => {
    provider.timeout = 60;
    expect(await outcome(id, answer, fqdn)).toMatchObject({
      reason: "network",
      problem: { code: "dns-unreachable" },
    });
  });

  test("what is echoed never shows the secret", async () => {
    const body = `what is this: ${secret} ${encodeURIComponent(secret)}`;
    expect(JSON.stringify(await outcome(id, { status: 418, body }, fqdn))).not.toContain("s3cr3t");
  });
});

describe("several names in one call", () => {
  const names = ["a.example", "b.example", "c.example"];

  test("share it, and each gets its own line", async () => {
    provider.answer = () => ({ body: `good ${ipv4}\nnohost\nnochg ${ipv4}\n` });
    const outcomes = await write(
      "noip",
      names.map((name) => setting(name)),
    );
    expect(provider.calls.map(({ query }) => query["hostname"])).toEqual([names.join(",")]);
    expect(outcomes.map(kindOf)).toEqual(["done", "dns-name-refused", "done"]);
  });

  test.each(["badauth", "911", `good ${ipv4}\nbadauth`])(
    "%j is about all of them",
    async (body) => {
      provider.answer = () => ({ body });
      const outcomes = await write(
        "noip",
        names.map((name) => setting(name)),
      );
      expect(new Set(outcomes.map(kindOf)).size).toBe(1);
      expect(outcomes[0]).toMatchObject({ scope: "account" });
    },
  );

  test("a line too few is no success for those who got none", async () => {
    provider.answer = () => ({ body: `good ${ipv4}` });
    const outcomes = await write(
      "noip",
      names.map((name) => setting(name)),
    );
    expect(outcomes.map(kindOf)).toEqual(["done", "dns-bad-answer", "dns-bad-answer"]);
  });

  test("with different addresses go apart; what the account is refused for is not asked again", async () => {
    const writes = [setting("a.example"), setting("b.example", ["52.3.4.6"])];
    provider.answer = ({ query }) => ({ body: `good ${query["myip"]}` });
    expect((await write("noip", writes)).map(kindOf)).toEqual(["done", "done"]);
    expect(provider.calls).toHaveLength(2);
    provider.calls.length = 0;
    provider.answer = () => ({ body: "badauth" });
    expect((await write("noip", writes)).map(kindOf)).toEqual([
      "dns-credentials",
      "dns-credentials",
    ]);
    expect(provider.calls).toHaveLength(1);
  });
});

describe("removal", () => {
  const gone: NameWrite = {
    fqdn: "me.duckdns.org",
    requires: [],
    desired: [],
    changes: [
      {
        name: "me.duckdns.org",
        type: "A",
        ttl: 60,
        before: [{ type: "A", address: ipv4 }],
        after: [],
      },
    ],
  };

  test("where the provider can", async () => {
    provider.answer = () => ({ body: "OK" });
    expect(publisher("duckdns").capabilities.removes).toBe(true);
    expect(await write("duckdns", [gone])).toEqual([{ kind: "done" }]);
    expect(provider.last.query).toEqual({ domains: "me", token: secret, clear: "true" });
    provider.answer = () => ({ body: "deleted" });
    await write("nsupdate-info", [gone]);
    expect(provider.last.address).toBe("https://ipv4.nsupdate.info/nic/delete");
    expect(provider.last.query).toEqual({ hostname: "me.duckdns.org", myip: ipv4 });
  });

  test("is not promised where it cannot", () => {
    expect(publisher("noip").capabilities.removes).toBe(false);
  });
});

describe("servers of one's own", () => {
  test.each([
    ["dyn.home.example", "https://dyn.home.example/nic/update"],
    ["https://dyn.home.example/", "https://dyn.home.example/nic/update"],
    ["https://dyn.home.example:8443/path", "https://dyn.home.example:8443/path"],
  ])("dyndns2 at %s", async (server, address) => {
    provider.answer = () => ({ body: `good ${ipv4}` });
    expect(await write("dyndns2", [setting(host, [ipv4, ipv6])], { server })).toEqual([
      { kind: "done" },
    ]);
    expect(provider.last).toMatchObject({ address, query: { hostname: host, myip: both } });
    expect(provider.last.headers["authorization"]).toBe(basic("me"));
  });

  test("any address with the user's placeholders", async () => {
    provider.answer = () => ({ body: "whatever" });
    const server = "https://x.example/u/{secret}/{label}?z={zone}[&a={ipv4}][&b={ipv6}|&b=none]";
    expect(await write("custom", [setting("play.home.example")], { server })).toEqual([
      { kind: "done" },
    ]);
    expect(provider.last.address).toBe(`https://x.example/u/${encodeURIComponent(secret)}/play`);
    expect(provider.last.query).toEqual({ z: "home.example", a: ipv4, b: "none" });
  });

  test("an address that wants what we do not have is not called", async () => {
    const server = "https://x.example/?a={ipv6}";
    expect((await write("custom", [setting(host)], { server })).map(kindOf)).toEqual([
      "dns-name-refused",
    ]);
    expect(provider.calls).toHaveLength(0);
  });

  test.each([
    ["custom", ""],
    ["custom", "ftp://x.example/{host}"],
    ["custom", "https://x.example/{nothing}"],
    ["custom", "https://x.example/[a={ipv4}"],
    ["dyndns2", "not an address"],
  ])("%s refuses the address %j", (id, server) => {
    const world = { environment: simulatedEnvironment(), network: provider.network() };
    const account = accountSchema.parse({ id: "a", provider: id, server });
    expect(createPublisher(world, account, secret)).toMatchObject({
      kind: "fatal",
      problem: { code: "dns-account" },
    });
  });
});

test("user and password in the address are no setting at all", () => {
  const server = "https://me:pw@x.example/";
  expect(accountSchema.safeParse({ id: "a", provider: "custom", server }).success).toBe(false);
});

test("whatever a provider answers, there is one outcome for each name and no secret in it", async () => {
  const bodies = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom("good", "nochg", "badauth", "911", ipv4, " ", "\n", secret))
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(bodies, fc.integer({ min: 200, max: 599 }), async (body, status) => {
      provider.answer = () => ({ status, body });
      const outcomes = await write("noip", [setting("a.example"), setting("b.example")]);
      expect(outcomes).toHaveLength(2);
      expect(JSON.stringify(outcomes)).not.toContain(secret);
    }),
    { numRuns: 100 },
  );
});

function kindOf(outcome: WriteOutcome): string {
  return "problem" in outcome ? outcome.problem.code : outcome.kind;
}
