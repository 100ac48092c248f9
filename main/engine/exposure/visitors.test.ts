/** Exposures that let in a few visitors alone, on the wire of a simulated PCP gateway. */
import { beforeEach, describe, expect, test } from "vitest";
import type { ExposureIntent } from "../../../shared/settings.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { newBookPath, startExposures } from "../../../test/fixtures/simulated-exposures.ts";
import { FakePcpGateway } from "../../../test/gateway/fake-pcp-gateway.ts";
import * as replies from "../../../test/gateway/replies.ts";
import { simulatedTransport } from "../../../test/gateway/transports.ts";
import { NatPmpClient } from "../gateway/natpmp/client.ts";
import { PcpClient } from "../gateway/pcp/client.ts";
import { resultCodes } from "../gateway/pcp/result-codes.ts";
import type { Exposures } from "./exposures.ts";
import { GrantingGateway } from "../../../test/gateway/granting-gateway.ts";

const friend = "198.51.100.7";
const other = "198.51.100.8";
const friend6 = "2001:db8::7";
const ref = { transport: "tcp", internalPort: 8080 } as const;
const page: ExposureIntent = { ...ref, externalPort: null };
const limited: ExposureIntent = { ...page, sources: [friend] };

let environment: ReturnType<typeof simulatedEnvironment>;
let bookPath: string;
let gateway: FakePcpGateway;
let exposures: Exposures;

const start = (): Exposures => startExposures(environment, bookPath);

function attach(): void {
  const mapper = new PcpClient(environment, { address: "192.0.2.1" });
  mapper.onStateLost(() => exposures.stateLost());
  exposures.attach({ address: "192.0.2.1", mapper }, null);
}

beforeEach(() => {
  environment = simulatedEnvironment();
  bookPath = newBookPath();
  const transport = simulatedTransport(environment.network, { address: "192.0.2.1", port: 5351 });
  gateway = new FakePcpGateway({ clock: environment.clock, transport });
  gateway.knows.add("filter").add("port-set");
  exposures = start();
});

/** Lets time pass, and tells whether the gateway let in everybody at any moment of it. */
async function pass(milliseconds: number): Promise<boolean> {
  let open = false;
  for (let step = 0; step < 40; step += 1) {
    await environment.clock.advance(milliseconds / 40);
    open ||= gateway.server.mappings.some(({ filters }) => filters.length === 0);
  }
  return open;
}

const view = () => exposures.views(() => true)[0];
/** Who is let in at the gateway, by internal port. */
const letIn = () =>
  gateway.server.mappings.map(({ internal, filters }) => [
    internal.port,
    filters.map(({ remoteAddress }) => remoteAddress),
  ]);

describe("over PCP", () => {
  test("a list, through renewals and a restart of the gateway", async () => {
    attach();
    exposures.want(limited);
    expect(await pass(200)).toBe(false);
    expect(view()).toMatchObject({ state: "mapped", sources: [friend], protocol: "pcp" });
    expect(letIn()).toEqual([[8080, [friend]]]);
    expect(await pass(4 * 3600_000)).toBe(false);
    expect(letIn()).toEqual([[8080, [friend]]]);
    gateway.reboot();
    expect(await pass(3 * 3600_000)).toBe(false);
    expect(view()).toMatchObject({ state: "mapped" });
    expect(letIn()).toEqual([[8080, [friend]]]);
  });

  test("another list takes its place without a gap", async () => {
    attach();
    exposures.want(limited);
    await pass(200);
    exposures.setSources(ref, [friend, other]);
    expect(view()).toMatchObject({ state: "mapping", sources: [friend, other] });
    expect(await pass(200)).toBe(false);
    expect(letIn()).toEqual([[8080, [friend, other]]]);
    expect(gateway.maps.filter(({ request }) => request?.options.length === 0)).toEqual([]);
  });

  test("from everybody to a few: what lets in everybody goes first, and its port stays the same", async () => {
    gateway.occupy("tcp", 8080);
    attach();
    exposures.want(page);
    await pass(200);
    expect(letIn()).toEqual([[8080, []]]);
    const { endpoint } = view() ?? {};
    gateway.received.length = 0;
    exposures.setSources(ref, [friend]);
    await pass(200);
    expect(letIn()).toEqual([[8080, [friend]]]);
    expect(view()?.endpoint).toEqual(endpoint);
    // Deletion, proof, mapping.
    expect(gateway.maps.map(({ request }) => request?.lifetime)).toEqual([0, 0, 7200]);
  });

  test("and back to everybody", async () => {
    attach();
    exposures.want(limited);
    await pass(200);
    exposures.setSources(ref, []);
    await pass(200);
    expect(letIn()).toEqual([[8080, []]]);
    expect(view()).toMatchObject({ state: "mapped" });
    expect(view()).not.toHaveProperty("sources");
  });

  test("what an earlier run left open to everybody goes first", async () => {
    attach();
    exposures.want(page);
    await pass(200);
    exposures.close();
    gateway.received.length = 0;
    exposures = start();
    exposures.want(limited);
    attach();
    await pass(200);
    expect(gateway.maps[0]?.request).toMatchObject({ lifetime: 0, options: [] });
    expect(letIn()).toEqual([[8080, [friend]]]);
  });

  test("a restart of Homeport renews the same list", async () => {
    attach();
    exposures.want(limited);
    await pass(200);
    exposures.close();
    exposures = start();
    exposures.want(limited);
    attach();
    expect(await pass(200)).toBe(false);
    expect(gateway.server.mappings).toHaveLength(1);
    expect(letIn()).toEqual([[8080, [friend]]]);
  });

  test("a block of ports is limited as a whole", async () => {
    attach();
    exposures.want({ ...limited, block: [{ transport: "tcp", internalPort: 8081 }] });
    expect(await pass(500)).toBe(false);
    expect(view()).toMatchObject({ state: "mapped", block: [{ internalPort: 8081 }] });
    expect(gateway.server.mappings).toMatchObject([{ count: 2, filters: [{}] }]);
  });
});

describe("a gateway that cannot", () => {
  test("takes the list and ignores it, as miniupnpd does: nothing is opened", async () => {
    gateway.script.spoil = [
      (reply) =>
        reply[3] === resultCodes.MALFORMED_OPTION ? replies.withResult(0, 0)(reply) : reply,
    ];
    attach();
    exposures.want(limited);
    expect(await pass(2000)).toBe(false);
    expect(view()).toMatchObject({
      state: "failed",
      endpoint: null,
      error: { code: "sources-unsupported" },
    });
    expect(gateway.server.mappings).toEqual([]);
  });

  test("does not know the option: what was open to everybody is closed all the same", async () => {
    gateway.knows.clear();
    attach();
    exposures.want(page);
    await pass(200);
    exposures.setSources(ref, [friend]);
    await pass(2000);
    expect(view()).toMatchObject({ state: "failed", error: { code: "sources-unsupported" } });
    expect(gateway.server.mappings).toEqual([]);
    exposures.setSources(ref, []);
    await pass(200);
    expect(view()).toMatchObject({ state: "mapped" });
  });

  test("grants without the echo: deleted, though the first deletions are lost", async () => {
    gateway.script.spoil = [
      (reply) => (reply[3] === resultCodes.SUCCESS ? replies.truncatedTo(60)(reply) : reply),
    ];
    attach();
    exposures.want(limited);
    await environment.clock.advance(1);
    gateway.script.drop = 3;
    await pass(60_000);
    expect(gateway.server.mappings).toEqual([]);
    expect(view()).toMatchObject({ state: "failed", error: { code: "sources-unsupported" } });
  });

  test("holds fewer visitors than are named: the shorter list goes too", async () => {
    attach();
    exposures.want(limited);
    await pass(200);
    gateway.script.refuses = (request) =>
      request.lifetime > 0 ? resultCodes.EXCESSIVE_REMOTE_PEERS : null;
    exposures.setSources(ref, [friend, other]);
    await pass(2000);
    expect(view()).toMatchObject({ state: "failed", error: { code: "excessive-remote-peers" } });
    expect(gateway.server.mappings).toEqual([]);
  });

  test("NAT-PMP lets in everybody, and is not asked", async () => {
    const mapper = new NatPmpClient(environment, { address: "192.0.2.1" });
    exposures.attach({ address: "192.0.2.1", mapper }, null);
    exposures.want(limited);
    await pass(200);
    expect(view()).toMatchObject({ state: "failed", error: { code: "sources-unsupported" } });
    expect(gateway.received).toEqual([]);
  });
});

describe("families", () => {
  const ipv6 = new GrantingGateway({ address: "fe80::1%eth0", externalAddress: "2001:db8::2" });
  const listens = (): void =>
    exposures.listening({
      all: new Set(["tcp/8080"]),
      ipv6: new Set(["tcp/8080"]),
      ipv6Alone: new Set(),
      forSession: new Set(),
    });

  beforeEach(() => {
    ipv6.asked.length = 0;
    attach();
    exposures.attach(ipv6.link, null, "ipv6");
    listens();
  });

  test("each way lets in visitors of its own", async () => {
    exposures.want({ ...page, sources: [friend, friend6] });
    expect(await pass(200)).toBe(false);
    expect(letIn()).toEqual([[8080, [friend]]]);
    expect(ipv6.asked.map(({ sources }) => sources)).toEqual([[friend6]]);
  });

  test("without an IPv6 visitor that way stays closed, and says so", async () => {
    exposures.want(limited);
    await pass(200);
    expect(ipv6.asked).toEqual([]);
    expect(view()).toMatchObject({
      state: "mapped",
      ipv6: { state: "failed", error: { code: "no-ipv6-visitors" } },
    });
  });

  test("without an IPv4 visitor IPv6 is the way, and IPv4 stays closed", async () => {
    exposures.want({ ...page, sources: [friend6] });
    await pass(200);
    expect(gateway.server.mappings).toEqual([]);
    expect(view()).toMatchObject({
      state: "mapped",
      endpoint: { address: "2001:db8::2" },
      error: { code: "no-ipv4-visitors" },
    });
  });

  test("what was open to everybody on both ways is closed where nobody may come", async () => {
    exposures.want(page);
    await pass(200);
    expect(ipv6.mappings).toHaveLength(1);
    exposures.setSources(ref, [friend]);
    await pass(200);
    expect(ipv6.mappings).toEqual([]);
    expect(letIn()).toEqual([[8080, [friend]]]);
    exposures.setSources(ref, [friend6]);
    await pass(200);
    expect(letIn()).toEqual([]);
  });

  test("a pinhole that waits for its server is not left open to everybody", async () => {
    exposures.want(page);
    await pass(200);
    exposures.listening({
      all: new Set(),
      ipv6: new Set(),
      ipv6Alone: new Set(),
      forSession: new Set(),
    });
    exposures.setSources(ref, [friend, friend6]);
    await pass(200);
    expect(ipv6.mappings).toEqual([]);
  });
});

test("behind two routers the inner one keeps strangers out, and the outer one lets through", async () => {
  gateway.server.externalAddress = "100.64.0.2";
  const outer = new GrantingGateway({ address: "100.64.0.1" });
  attach();
  exposures.attach(outer.link, null, "upstream");
  exposures.want(limited);
  expect(await pass(500)).toBe(false);
  expect(letIn()).toEqual([[8080, [friend]]]);
  expect(outer.asked.map(({ sources }) => sources)).toEqual([undefined]);
  expect(view()).toMatchObject({ state: "mapped", endpoint: { address: "52.3.4.5" } });
});

test("what another protocol of the gateway let everybody in by goes before anything is asked", async () => {
  attach();
  exposures.want(page);
  await pass(200);
  const upnp = new GrantingGateway({ address: "192.0.2.1", protocol: "upnp" });
  const pcp = new PcpClient(environment, { address: "192.0.2.1" });
  exposures.attach({ address: "192.0.2.1", mapper: upnp, answering: [pcp, upnp] }, null);
  await pass(200);
  upnp.asked.length = 0;
  exposures.setSources(ref, [friend]);
  await environment.clock.advance(0);
  expect([gateway.server.mappings.length, upnp.asked.length]).not.toEqual([1, 1]);
  await pass(200);
  expect(gateway.server.mappings).toEqual([]);
  expect(upnp.asked.map(({ sources }) => sources)).toEqual([[friend]]);
});

test("held back until it is known what listens there, it is closed to others already", async () => {
  attach();
  exposures.want(page);
  await pass(200);
  exposures.want(limited, { gate: "unknown" });
  await pass(200);
  expect(gateway.server.mappings).toEqual([]);
  exposures.decide(ref, "open");
  expect(await pass(200)).toBe(false);
  expect(letIn()).toEqual([[8080, [friend]]]);
});
