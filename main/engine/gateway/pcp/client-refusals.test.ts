import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";

describe("error results", () => {
  test.each([
    [1, "unsupported-version", 1800],
    [2, "not-authorized", 1800],
    [3, "malformed", 1800],
    [4, "unsupported", 1800],
    [5, "unsupported", 1800],
    [6, "malformed", 1800],
    [7, "network-failure", 30],
    [8, "no-resources", 30],
    [9, "unsupported", 1800],
    [10, "quota-exceeded", 30],
    [11, "cannot-provide-external", 30],
    [12, "address-mismatch", 1800],
    [13, "excessive-remote-peers", 1800],
    [14, "not-authorized", 1800],
    [66, "gateway-error", 30],
    [255, "gateway-error", 30],
  ])("%i means %s, for %i s where the gateway does not say", async (code, problem, unsaid) => {
    const { clock, gateway, client } = pcpWorld();
    for (const [lifetime, retryAfter] of [
      [0, unsaid],
      [600, 600],
      [4_000_000_000, 86_400],
    ] as const) {
      gateway.script.spoil = [replies.withResult(code, lifetime)];
      const outcome = watch(client.map(wish(), never));
      await clock.advance(0);
      expect(outcome.value).toMatchObject({
        kind: "refused",
        problem: { code: problem, message: expect.stringContaining(`PCP result ${code}`) },
        retryAfter,
      });
    }
  });

  test("a server that does not know MAP need not copy the nonce", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.withResult(4, 0), replies.truncatedTo(24)];
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code: "unsupported" } });
  });

  test("any answer to ANNOUNCE in version 2 is PCP, an error too", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoilsAnnounce = true;
    gateway.script.spoil = [replies.withResult(4, 1800)];
    const speaks = watch(client.probe(never));
    await clock.advance(0);
    expect(speaks.value).toBe(true);
  });
});

describe("successes that grant nothing", () => {
  test.each([
    ["0 seconds", replies.withLifetime(0), "gateway-error"],
    ["external port 0", replies.withExternalPort(0), "gateway-error"],
    ["external address 0.0.0.0", replies.withExternalAddress("0.0.0.0"), "unusable-address"],
    ["external address ::", replies.withExternalAddress("::"), "unusable-address"],
    ["a multicast address", replies.withExternalAddress("224.0.0.1"), "unusable-address"],
  ])("%s", async (_name, spoil, code) => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [spoil];
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code }, retryAfter: 30 });
  });

  test("a pinhole without external port keeps the internal one (miniupnpd 2.3.1)", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [
      replies.withExternalAddress("2001:db8::1"),
      replies.withExternalPort(0),
    ];
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({ externalAddress: "2001:db8::1", externalPort: 8080 });
  });

  test("a lifetime of 136 years counts as a day", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.withLifetime(0xff_ff_ff_ff)];
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toEqual({ ...granted, lifetime: 86_400 });
  });
});

describe("gateways without PCP", () => {
  test("a closed port (ICMP) is no PCP, and worth another try soon", async () => {
    const { clock, gateway, client } = pcpWorld();
    await gateway.close();
    const speaks = watch(client.probe(never));
    const outcome = watch(client.map(wish(), never));
    const gone = watch(client.unmap(wish({ internalPort: 1 }), never));
    await clock.advance(0);
    expect(speaks.value).toBe(false);
    const refused = { kind: "refused", problem: { code: "no-response" }, retryAfter: 5 };
    expect(outcome.value).toMatchObject(refused);
    expect(gone.value).toMatchObject(refused);
  });
});

describe("deleting", () => {
  test.each([
    ["what is absent", 0],
    ["what is absent on miniupnpd 2.3.1", 8],
    ["what is not ours any more", 2],
  ])("%s is gone (result %i)", async (_name, code) => {
    const { clock, gateway, client } = pcpWorld();
    if (code !== 0) gateway.script.spoil = [replies.withResult(code, 30)];
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
  });

  test("another's mapping stays", async () => {
    const { clock, gateway, client, random } = pcpWorld();
    watch(client.map(wish(), never));
    const gone = watch(client.unmap(wish({ nonce: random.bytes(12) }), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.server.mappings).toHaveLength(1);
  });

  test("other errors are refusals", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.withResult(7, 30)];
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toMatchObject({ problem: { code: "network-failure" }, retryAfter: 30 });
  });
});
