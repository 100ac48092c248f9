/** Exposures of several ports, over IPv6, and through two routers in a row, on a simulated clock. */
import { beforeEach, describe, expect, test } from "vitest";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { newBookPath, startExposures } from "../../../test/fixtures/simulated-exposures.ts";
import type { Exposures } from "./exposures.ts";
import { GrantingGateway } from "../../../test/gateway/granting-gateway.ts";

const valheim: ExposureIntent = {
  transport: "udp",
  internalPort: 2456,
  externalPort: null,
  block: [{ transport: "udp", internalPort: 2457 }],
};
const page: ExposureIntent = { transport: "tcp", internalPort: 8080, externalPort: null };
const ref = { transport: "udp", internalPort: 2456 } as const;

let environment: ReturnType<typeof simulatedEnvironment>;
let bookPath: string;
let gateway: GrantingGateway;
let exposures: Exposures;

const start = (): Exposures => startExposures(environment, bookPath);

beforeEach(() => {
  environment = simulatedEnvironment();
  bookPath = newBookPath();
  gateway = new GrantingGateway();
  exposures = start();
});

async function view(milliseconds = 0) {
  await environment.clock.advance(milliseconds);
  return exposures.views(() => true)[0];
}

function listens(...ipv6: string[]): void {
  const all = new Set(["tcp/8080", "udp/2456", "udp/2457"]);
  exposures.listening({ all, ipv6: new Set(ipv6), ipv6Alone: new Set(), forSession: new Set() });
}

describe("several ports", () => {
  test("are open together, with their distances", async () => {
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    expect(await view()).toMatchObject({
      state: "mapped",
      endpoint: { address: "52.3.4.5", port: 2456 },
      block: [{ transport: "udp", internalPort: 2457, endpoint: { port: 2457 } }],
    });
    expect(gateway.mappings).toEqual(["udp/2456 -> udp/2456", "udp/2457 -> udp/2457"]);
    exposures.withdraw(ref);
    expect(await view()).toBeUndefined();
    expect(gateway.mappings).toEqual([]);
  });

  test("move by one distance when the number of any is taken", async () => {
    gateway.taken.add("udp/2457");
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    const moved = await view();
    const port = moved?.endpoint?.port ?? 0;
    expect(moved).toMatchObject({ state: "mapped", block: [{ endpoint: { port: port + 1 } }] });
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(gateway.mappings).toEqual([`udp/${port} -> udp/2456`, `udp/${port + 1} -> udp/2457`]);
  });

  test("keep the numbers that they had, over a restart too", async () => {
    gateway.taken.add("udp/2457");
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    const before = (await view())?.endpoint;
    exposures.close();
    gateway.taken.clear();
    exposures = start();
    exposures.want(valheim);
    exposures.attach(gateway.link, null);
    expect((await view())?.endpoint).toEqual(before);
    expect(gateway.mappings).toHaveLength(2);
  });

  test("all or none: where one is refused, the others are closed, and tried again later", async () => {
    gateway.forbidden.add("udp/2457");
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    expect(await view()).toMatchObject({
      state: "failed",
      endpoint: null,
      error: { code: "block-incomplete" },
      block: [{ internalPort: 2457, endpoint: null }],
    });
    expect((await view())?.error?.message).toContain("udp/2457: The router refuses");
    expect(gateway.mappings).toEqual([]);
    gateway.forbidden.clear();
    expect(await view(299_000)).toMatchObject({ state: "failed" });
    expect(await view(1000)).toMatchObject({ state: "mapped", error: null });
    expect(gateway.mappings).toHaveLength(2);
  });

  test("are tried again at once when the user says so", async () => {
    gateway.forbidden.add("udp/2457");
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    await view();
    gateway.forbidden.clear();
    exposures.retry(ref);
    expect(await view()).toMatchObject({ state: "mapped" });
  });

  test("that must have the same numbers outside do not move", async () => {
    gateway.taken.add("udp/2457");
    exposures.attach(gateway.link, null);
    exposures.want({ ...valheim, samePort: true });
    expect(await view()).toMatchObject({ state: "failed", error: { code: "block-incomplete" } });
    expect(gateway.mappings).toEqual([]);
    expect(gateway.asked.every(({ exactPort }) => exactPort === true)).toBe(true);
  });

  test("are one mapping where the gateway grants sets of ports", async () => {
    gateway.largestSet = 8;
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    expect(await view()).toMatchObject({
      state: "mapped",
      endpoint: { port: 2456 },
      block: [{ endpoint: { address: "52.3.4.5", port: 2457 } }],
    });
    expect(gateway.asked).toMatchObject([{ internalPort: 2456, count: 2 }]);
    exposures.withdraw(ref);
    expect(await view()).toBeUndefined();
    expect(gateway.mappings).toEqual([]);
  });

  test("that the gateway's set does not hold are asked for one by one", async () => {
    gateway.largestSet = 2;
    exposures.attach(gateway.link, null);
    exposures.want({
      ...valheim,
      block: [
        { transport: "udp", internalPort: 2457 },
        { transport: "udp", internalPort: 2458 },
      ],
    });
    expect(await view()).toMatchObject({ state: "mapped" });
    expect(gateway.asked.map(({ internalPort, count = 1 }) => [internalPort, count])).toEqual([
      [2456, 3],
      [2458, 1],
    ]);
  });

  test("that a changed wish leaves out are closed", async () => {
    exposures.attach(gateway.link, null);
    exposures.want(valheim);
    await view();
    exposures.want({ ...valheim, block: [] });
    expect((await view())?.block).toBeUndefined();
    expect(gateway.mappings).toEqual(["udp/2456 -> udp/2456"]);
  });

  test("wait for a gateway that is silent, and are no failure of one port", async () => {
    exposures.want(valheim);
    exposures.attach(null, problem("no-gateway"));
    expect(await view()).toMatchObject({ state: "failed", error: { code: "no-gateway" } });
    exposures.attach(gateway.link, null);
    expect(await view()).toMatchObject({ state: "mapped" });
  });
});

describe("IPv6", () => {
  const ipv6 = new GrantingGateway({ address: "fe80::1%eth0", externalAddress: "2001:db8::10" });

  test("is opened beside IPv4 for a server that listens there", async () => {
    listens("tcp/8080");
    exposures.attach(gateway.link, null);
    exposures.attach(ipv6.link, null, "ipv6");
    exposures.want(page);
    expect(await view()).toMatchObject({
      state: "mapped",
      endpoint: { address: "52.3.4.5", port: 8080 },
      ipv6: {
        state: "mapped",
        gateway: "fe80::1%eth0",
        endpoint: { address: "2001:db8::10", port: 8080 },
      },
    });
    exposures.withdraw(page);
    expect(await view()).toBeUndefined();
    expect(ipv6.mappings).toEqual([]);
  });

  test("is not opened for a server that listens on IPv4 alone, and closed when it comes to do so", async () => {
    listens();
    exposures.attach(gateway.link, null);
    exposures.attach(ipv6.link, null, "ipv6");
    exposures.want(page);
    expect((await view())?.ipv6).toBeUndefined();
    listens("tcp/8080");
    expect((await view())?.ipv6).toMatchObject({ state: "mapped" });
    exposures.listening({
      all: new Set(),
      ipv6: new Set(),
      ipv6Alone: new Set(),
      forSession: new Set(),
    });
    expect((await view())?.ipv6).toMatchObject({ state: "mapped" });
    listens();
    expect((await view())?.ipv6).toBeUndefined();
    expect(ipv6.mappings).toEqual([]);
  });

  test("is the only one for a server that listens on IPv6 alone, also while that is away", async () => {
    exposures.attach(gateway.link, null);
    exposures.attach(ipv6.link, null, "ipv6");
    exposures.want(page);
    listens();
    expect(await view()).toMatchObject({ endpoint: { address: "52.3.4.5" }, error: null });
    const all = new Set(["tcp/8080"]);
    exposures.listening({ all, ipv6: all, ipv6Alone: all, forSession: new Set() });
    const alone = {
      state: "mapped",
      endpoint: { address: "2001:db8::10", port: 8080 },
      error: { code: "ipv6-alone" },
    };
    expect(await view()).toMatchObject(alone);
    expect(gateway.mappings).toEqual([]);
    const none = new Set<string>();
    exposures.listening({ all: none, ipv6: none, ipv6Alone: none, forSession: none });
    expect(await view()).toMatchObject(alone);
    listens("tcp/8080");
    expect(await view()).toMatchObject({ endpoint: { address: "52.3.4.5" }, error: null });
    expect(gateway.mappings).toEqual(["tcp/8080 -> tcp/8080"]);
  });

  test("where a server listens on IPv6 addresses alone that lead nowhere, that is said", async () => {
    exposures.attach(gateway.link, null);
    exposures.want(page);
    const all = new Set(["tcp/8080"]);
    exposures.listening({ all, ipv6: new Set(), ipv6Alone: all, forSession: new Set() });
    expect(await view()).toMatchObject({
      state: "failed",
      endpoint: null,
      error: { code: "ipv6-alone" },
    });
    expect(gateway.mappings).toEqual([]);
  });

  test("is the endpoint where IPv4 leads nowhere", async () => {
    listens("tcp/8080");
    exposures.attach(null, problem("no-gateway"));
    exposures.attach(ipv6.link, null, "ipv6");
    exposures.want(page);
    expect(await view()).toMatchObject({
      state: "mapped",
      endpoint: { address: "2001:db8::10" },
      error: { code: "no-gateway" },
    });
  });

  test("lost and found again is asked for again, and adopted after a crash", async () => {
    listens("tcp/8080");
    exposures.attach(gateway.link, null);
    exposures.attach(ipv6.link, null, "ipv6");
    exposures.want(page);
    await view();
    const nonce = ipv6.asked.at(-1)?.nonce;
    exposures.close();
    exposures = start();
    exposures.want(page);
    exposures.clearLeftovers();
    listens("tcp/8080");
    exposures.attach(ipv6.link, null, "ipv6");
    expect((await view())?.ipv6).toMatchObject({ state: "mapped" });
    expect(ipv6.asked.at(-1)?.nonce).toEqual(nonce);
    exposures.withdraw(page);
    await view();
  });
});

describe("two routers in a row", () => {
  const upper = new GrantingGateway({ address: "10.0.0.1", externalAddress: "52.3.4.9" });
  let inner: GrantingGateway;

  beforeEach(() => {
    inner = new GrantingGateway({ externalAddress: "10.0.0.7" });
    upper.taken.clear();
  });

  test("are both mapped, as one exposure", async () => {
    inner.taken.add("tcp/8080");
    upper.taken.add("tcp/8080");
    exposures.attach(inner.link, null);
    exposures.want(page);
    expect(await view()).toMatchObject({
      endpoint: { address: "10.0.0.7", port: 8081 },
      finding: { code: "double-nat" },
    });
    expect(exposures.externalAddress).toBe("10.0.0.7");
    exposures.attach(upper.link, null, "upstream");
    const both = await view();
    expect(both).toMatchObject({
      state: "mapped",
      finding: null,
      endpoint: { address: "52.3.4.9" },
      upstream: { state: "mapped", gateway: "10.0.0.1", endpoint: { address: "52.3.4.9" } },
    });
    expect(inner.mappings).toEqual(["tcp/8081 -> tcp/8080"]);
    expect(upper.mappings).toEqual([`tcp/${both?.endpoint?.port} -> tcp/8081`]);
    exposures.withdraw(page);
    expect(await view()).toBeUndefined();
    expect([...inner.mappings, ...upper.mappings]).toEqual([]);
  });

  test("follow each other when the inner one gives another port", async () => {
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    exposures.want(page);
    await view();
    expect(upper.mappings).toEqual(["tcp/8080 -> tcp/8080"]);
    exposures.want({ ...page, externalPort: 31_000 });
    expect(await view()).toMatchObject({ endpoint: { address: "52.3.4.9", port: 31_000 } });
    expect(inner.mappings).toEqual(["tcp/31000 -> tcp/8080"]);
    expect(upper.mappings).toEqual(["tcp/31000 -> tcp/31000"]);
    exposures.withdraw(page);
    await view();
    expect(upper.mappings).toEqual([]);
  });

  test("say so where the outer one refuses: mapped, but not reachable", async () => {
    upper.forbidden.add("tcp/8080");
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    exposures.want(page);
    expect(await view()).toMatchObject({
      state: "mapped",
      endpoint: { address: "10.0.0.7" },
      finding: { code: "double-nat" },
      upstream: { state: "failed", error: { code: "not-authorized" } },
    });
    upper.forbidden.clear();
    exposures.withdraw(page);
    await view();
  });

  test("hold a whole block, with the same distances outside", async () => {
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    exposures.want(valheim);
    expect(await view()).toMatchObject({
      endpoint: { address: "52.3.4.9", port: 2456 },
      block: [{ internalPort: 2457, endpoint: { address: "52.3.4.9", port: 2457 } }],
    });
    exposures.withdraw(ref);
    await view();
    expect(upper.mappings).toEqual([]);
  });

  test("become one: what stands on the outer router is given up", async () => {
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    exposures.want(page);
    await view();
    const alone = new GrantingGateway();
    exposures.attach(alone.link, null);
    expect(await view()).toMatchObject({ endpoint: { address: "52.3.4.5" }, finding: null });
    expect((await view())?.upstream).toBeUndefined();
    expect(upper.mappings).toEqual([]);
  });

  test("leave nothing on the outer one that an earlier run made for a port nobody wants any more", async () => {
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    exposures.want(page);
    await view();
    exposures.close();
    exposures = start();
    exposures.clearLeftovers();
    exposures.attach(inner.link, null);
    exposures.attach(upper.link, null, "upstream");
    await view();
    expect([...inner.mappings, ...upper.mappings]).toEqual([]);
    expect(exposures.views(() => true)).toEqual([]);
  });
});
