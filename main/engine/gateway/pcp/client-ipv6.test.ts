import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";
import { resultCodes } from "./result-codes.ts";

const own = "2001:db8::10";
const pinhole = { ...granted, externalAddress: own };

function ipv6World() {
  const world = pcpWorld({ ref: { address: "fe80::1%eth0", localAddress: own } });
  // The firewall translates nothing.
  world.gateway.server.externalAddress = own;
  return world;
}

describe("PCP over IPv6", () => {
  test("opens, renews and closes the address that it is sent from", async () => {
    const { clock, gateway, client, lost } = ipv6World();
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toEqual(pinhole);
    expect(gateway.maps[0]?.request).toMatchObject({
      clientAddress: own,
      // "Any address" of the family of the mapping (§11.1).
      body: { externalAddress: "::", internalPort: 8080, externalPort: 8080 },
    });
    await clock.advance(3_600_000);
    const again = watch(client.map(wish({ renewal: true, suggestedAddress: own }), never));
    await clock.advance(0);
    expect(again.value).toEqual(pinhole);
    expect(gateway.maps[1]?.request).toMatchObject({ body: { externalAddress: own } });
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.server.mappings).toEqual([]);
    expect(gateway.maps).toHaveLength(3);
    expect(lost).toEqual([]);
  });

  test("external port 0 stands for the internal one, at a renewal too (miniupnpd 2.3.1)", async () => {
    const { clock, gateway, client } = ipv6World();
    gateway.script.spoil = [replies.withExternalPort(0)];
    for (const renewal of [false, true]) {
      const outcome = watch(client.map(wish({ renewal, suggestedPort: 0 }), never));
      await clock.advance(0);
      expect(outcome.value).toEqual(pinhole);
    }
  });

  test("a pinhole that cannot be deleted is made to end soon (miniupnpd 2.3.1)", async () => {
    const { clock, gateway, client } = ipv6World();
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toEqual(pinhole);
    const refuse = replies.withResult(resultCodes.NOT_AUTHORIZED, 0);
    gateway.script.spoil = [(reply) => (isDeletion(reply) ? refuse(reply) : reply)];
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.maps.map(({ request }) => request?.lifetime)).toEqual([7200, 0, 1]);
    await clock.advance(gateway.server.minimumLifetime * 1000);
    gateway.server.expire(clock.monotonic());
    expect(gateway.server.mappings).toEqual([]);
  });

  test("over IPv4 nothing of ours answers to a nonce that is refused, and nothing more is asked", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.withResult(resultCodes.NOT_AUTHORIZED, 0)];
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.maps).toHaveLength(1);
  });

  test("an announcement counts from its own link alone", async () => {
    const { clock, gateway, client, lost } = ipv6World();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    gateway.reboot();
    const news = gateway.announcement();
    // The same address on another link, another host on this one, another port.
    client.announced(news, { address: "fe80::1%eth1", port: 5351 });
    client.announced(news, { address: "fe80::1", port: 5351 });
    client.announced(news, { address: "fe80::2%eth0", port: 5351 });
    client.announced(news, { address: "fe80::1%eth0", port: 5350 });
    await clock.advance(1);
    expect([lost, gateway.announces]).toEqual([[], []]);
    client.announced(news, { address: "FE80:0:0::1%eth0", port: 5351 });
    await clock.advance(1);
    expect(lost).toEqual(["announce"]);
  });
});

/** Of a MAP answer: lifetime 0. */
function isDeletion(reply: Uint8Array): boolean {
  return reply.subarray(4, 8).every((byte) => byte === 0);
}
