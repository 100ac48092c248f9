import { describe, expect, test } from "vitest";
import { never, pcpWorld, watch } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";

describe("the short-lifetime inquiry (RFC 7393 §2.3)", () => {
  test("tells the external address and leaves nothing behind", async () => {
    const { clock, gateway, client } = pcpWorld();
    const outcome = watch(client.inquire(never));
    await clock.advance(0);
    expect(outcome.value).toEqual({ kind: "address", address: "203.0.113.7" });
    const [asked, deleted] = gateway.maps;
    // For the port of our own socket, where nothing else listens.
    expect(asked?.request).toMatchObject({
      lifetime: 30,
      body: { protocol: 17, internalPort: asked?.from.port, externalPort: asked?.from.port },
    });
    expect(deleted?.request).toMatchObject({
      lifetime: 0,
      body: { internalPort: asked?.from.port },
    });
    expect(gateway.maps).toHaveLength(2);
    expect(gateway.server.mappings).toEqual([]);
    expect(clock.pending).toBe(1);
    // The socket goes too, later.
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  test("a lost deletion is sent again; after a crash the lease ends by itself", async () => {
    const { clock, gateway, client } = pcpWorld();
    const outcome = watch(client.inquire(never));
    gateway.script.delay = 10;
    await clock.advance(5);
    gateway.script.drop = 1;
    await clock.advance(10);
    expect(outcome.value).toMatchObject({ kind: "address" });
    expect(gateway.server.mappings).toHaveLength(1);
    await clock.advance(300);
    expect(gateway.server.mappings).toEqual([]);

    const dying = pcpWorld();
    watch(dying.client.inquire(never));
    dying.gateway.script.delay = 10;
    await dying.clock.advance(5);
    dying.client.close();
    await dying.clock.advance(30_000);
    dying.gateway.server.expire(dying.clock.monotonic());
    expect(dying.gateway.server.mappings).toEqual([]);
  });

  test("given up, what may stand is deleted all the same", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.loseReplies = 1;
    const abort = new AbortController();
    const outcome = watch(client.inquire(abort.signal));
    await clock.advance(50);
    expect(gateway.server.mappings).toHaveLength(1);
    const reason = new Error("enough");
    abort.abort(reason);
    await clock.advance(50);
    expect(outcome.error).toBe(reason);
    expect(gateway.server.mappings).toEqual([]);
  });

  test("a refusal is passed on, and nothing is deleted", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.withResult(7, 30)];
    const outcome = watch(client.inquire(never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({
      kind: "refused",
      problem: { code: "network-failure" },
      retryAfter: 30,
    });
    expect(gateway.maps).toHaveLength(1);
  });

  test("no route, or closed", async () => {
    const { clock, network, client } = pcpWorld();
    network.connectError = "ENETUNREACH";
    const outcome = watch(client.inquire(never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({
      problem: { code: "network-unreachable", message: expect.stringContaining("ENETUNREACH") },
    });
    client.close();
    await expect(client.inquire(never)).rejects.toThrow("closed");
  });

  test("two at a time do not disturb each other", async () => {
    const { clock, gateway, client } = pcpWorld();
    const both = [watch(client.inquire(never)), watch(client.inquire(never))];
    await clock.advance(1000);
    expect(both.map(({ value }) => value?.kind)).toEqual(["address", "address"]);
    expect(gateway.server.mappings).toEqual([]);
  });
});
