import { describe, expect, test } from "vitest";
import { never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";
import type { PeerRequest } from "./client.ts";

const remote = { address: "198.51.100.9", port: 3478 };
const flow: PeerRequest = {
  ...wish({ transport: "udp", internalPort: 7000, suggestedPort: 0, lifetime: 600 }),
  remote,
};

function peerWorld() {
  const world = pcpWorld();
  world.gateway.peerPort = 61_000;
  return world;
}

const granted = {
  kind: "granted",
  externalAddress: "203.0.113.7",
  externalPort: 61_000,
  lifetime: 600,
};

describe("PEER (RFC 6887 §12)", () => {
  test("tells how the peer sees the flow", async () => {
    const { clock, gateway, client } = peerWorld();
    const outcome = watch(client.peer(flow, never));
    await clock.advance(0);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received[0]?.request).toEqual({
      clientAddress: "192.0.2.10",
      lifetime: 600,
      options: [],
      body: {
        opcode: "peer",
        nonce: flow.nonce,
        protocol: 17,
        internalPort: 7000,
        externalPort: 0,
        externalAddress: "0.0.0.0",
        remotePort: 3478,
        remoteAddress: "198.51.100.9",
      },
    });
  });

  test.each([
    ["another peer's port", replies.withRemote(remote.address, 3479)],
    ["another peer's address", replies.withRemote("198.51.100.8", remote.port)],
    ["a wrong nonce", replies.withWrongNonce],
    ["another internal port", replies.withInternalPort(7001)],
    ["another protocol", replies.withProtocol(6)],
    ["an answer to MAP", replies.withOpcode(1)],
  ])("%s is not the answer (§12.4)", async (_name, spoil) => {
    const { clock, gateway, client } = peerWorld();
    gateway.script.spoil = [spoil];
    const outcome = watch(client.peer(flow, never));
    await clock.advance(2000);
    expect(outcome).toEqual({ value: undefined, error: undefined });
    gateway.script.spoil = [];
    await clock.advance(2000);
    expect(outcome.value).toEqual(granted);
  });

  test("is asked again as §8.1.1 says, and a lost datagram costs little", async () => {
    const { clock, gateway, client } = peerWorld();
    gateway.script.silent = true;
    const outcome = watch(client.peer(flow, never));
    await clock.advance(30_000);
    const peers = gateway.received.filter(({ request }) => request?.body.opcode === "peer");
    expect(peers).toHaveLength(4);
    expect(new Set(peers.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size).toBe(1);
    gateway.script.silent = false;
    gateway.script.drop = 1;
    const other = watch(client.peer({ ...flow, internalPort: 7001 }, never));
    await clock.advance(300);
    expect(other.value).toEqual(granted);
    await clock.advance(30_000);
    expect(outcome.value).toEqual(granted);
  });

  test("a server without PEER says so, with the fields or without", async () => {
    for (const spoil of [[], [replies.truncatedTo(24)]]) {
      const { clock, gateway, client } = pcpWorld();
      gateway.script.spoil = spoil;
      const outcome = watch(client.peer(flow, never));
      // Not about MAP.
      gateway.script.silent = false;
      await clock.advance(0);
      expect(outcome.value).toMatchObject({ kind: "refused", problem: { code: "unsupported" } });
    }
  });

  test("refused MAP does not end it, nor the other way round", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.delay = 100;
    gateway.script.spoil = [replies.truncatedTo(24)];
    const peer = watch(client.peer(flow, never));
    const map = watch(client.map(wish(), never));
    await clock.advance(150);
    expect(peer.value).toMatchObject({ kind: "refused" });
    expect(map.value).toBeUndefined();
  });
});
