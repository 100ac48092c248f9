import { afterEach, describe, expect, test } from "vitest";
import type { Environment } from "../../main/engine/environment.ts";
import { PcpClient } from "../../main/engine/gateway/pcp/client.ts";
import { decodeResponse } from "../../main/engine/gateway/pcp/codec.ts";
import { nodeNetwork } from "../../main/engine/system/node-network.ts";
import { systemClock, systemRandom } from "../../main/engine/system/system-environment.ts";
import { silentLog } from "../fixtures/environment.ts";
import { FakePcpGateway } from "./fake-pcp-gateway.ts";
import { granted, never, pcpWorld, watch, wish } from "./pcp-world.ts";
import * as replies from "./replies.ts";
import { loopbackTransport } from "./transports.ts";

describe("on the simulated network", () => {
  test("counts what it gets and what it says", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.drop = 1;
    gateway.script.copies = 2;
    watch(client.map(wish(), never));
    watch(client.probe(never));
    await clock.advance(10_000);
    expect(gateway.maps).toHaveLength(2);
    // The probe, and the one that found out about the loss.
    expect(gateway.announces).toHaveLength(2);
    expect(gateway.received).toHaveLength(4);
    expect(gateway.replies).toBe(6);
  });

  test("a lost reply still made the mapping", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.loseReplies = 1;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(10);
    expect(gateway.server.mappings).toHaveLength(1);
    expect(outcome.value).toBeUndefined();
    await clock.advance(4000);
    expect(outcome.value).toEqual(granted);
  });

  test("short lifetimes end by themselves", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.server.minimumLifetime = 1;
    gateway.server.maximumLifetime = 5;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(4999);
    expect(outcome.value).toMatchObject({ lifetime: 5 });
    gateway.server.expire(clock.monotonic());
    expect(gateway.server.mappings).toHaveLength(1);
    await clock.advance(1);
    gateway.server.expire(clock.monotonic());
    expect(gateway.server.mappings).toEqual([]);
  });

  test("its announcement carries the epoch of the script", async () => {
    const { clock, gateway } = pcpWorld();
    await clock.advance(60_000);
    const epoch = (): unknown => {
      const decoded = decodeResponse(gateway.announcement());
      return decoded.kind === "response" ? decoded.response.epoch : null;
    };
    expect(epoch()).toBe(60);
    gateway.script.epoch = (real) => real * 2;
    expect(epoch()).toBe(120);
    gateway.reboot();
    expect(epoch()).toBe(0);
  });
});

describe("on real loopback sockets", () => {
  const environment: Environment = {
    clock: systemClock,
    random: systemRandom,
    network: nodeNetwork,
    log: silentLog,
  };
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function real(): Promise<{ gateway: FakePcpGateway; client: PcpClient }> {
    const gateway = new FakePcpGateway({
      clock: systemClock,
      transport: await loopbackTransport(),
    });
    const { address, port } = gateway.address;
    const client = new PcpClient(environment, { address }, { port });
    closers.push(
      () => client.close(),
      () => gateway.close(),
    );
    return { gateway, client };
  }

  test("probe, map and delete", async () => {
    const { gateway, client } = await real();
    await expect(client.probe(never)).resolves.toBe(true);
    await expect(client.map(wish(), never)).resolves.toEqual(granted);
    expect(gateway.maps[0]?.request?.clientAddress).toBe("127.0.0.1");
    await expect(client.unmap(wish(), never)).resolves.toEqual({ kind: "gone" });
    expect(gateway.server.mappings).toEqual([]);
  });

  test.each(["other-address", "other-port"] as const)(
    "a reply from the %s is not heard",
    async (source) => {
      const { gateway, client } = await real();
      gateway.script.source = source;
      const speaks = client.probe(never);
      await expect.poll(() => gateway.replies).toBeGreaterThan(0);
      gateway.script.source = "own";
      const before = gateway.announces.length;
      await expect(speaks).resolves.toBe(true);
      expect(gateway.announces.length).toBeGreaterThan(before);
    },
  );

  test("a router that speaks NAT-PMP alone", async () => {
    const { gateway, client } = await real();
    gateway.script.spoil = [replies.versionZero()];
    gateway.script.spoilsAnnounce = true;
    await expect(client.probe(never)).resolves.toBe(false);
  });

  test("a closed port is told by the system", async () => {
    const { gateway, client } = await real();
    await gateway.close();
    closers.pop();
    await expect(client.probe(never)).resolves.toBe(false);
    await expect(client.map(wish(), never)).resolves.toMatchObject({
      problem: { code: "no-response" },
    });
  });
});
