import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../../test/fixtures/seeded-random.ts";
import type { FakePcpGateway } from "../../../../test/gateway/fake-pcp-gateway.ts";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";
import { encodeResponse } from "./codec.ts";

describe("replies that must not count", () => {
  const bad: [string, (gateway: FakePcpGateway) => void][] = [
    ["a wrong nonce", ({ script }) => (script.spoil = [replies.withWrongNonce])],
    ["another protocol", ({ script }) => (script.spoil = [replies.withProtocol(17)])],
    ["another internal port", ({ script }) => (script.spoil = [replies.withInternalPort(8081)])],
    ["another opcode", ({ script }) => (script.spoil = [replies.withOpcode(2)])],
    ["an unknown opcode", ({ script }) => (script.spoil = [replies.withOpcode(99)])],
    ["no response bit", ({ script }) => (script.spoil = [replies.withoutResponseBit])],
    ["another source address", ({ script }) => (script.source = "other-address")],
    ["another source port", ({ script }) => (script.source = "other-port")],
    ["no bytes", ({ script }) => (script.spoil = [replies.truncatedTo(0)])],
    ["a cut header", ({ script }) => (script.spoil = [replies.truncatedTo(20)])],
    ["a header alone", ({ script }) => (script.spoil = [replies.truncatedTo(24)])],
    ["cut fields", ({ script }) => (script.spoil = [replies.truncatedTo(56)])],
    ["odd length", ({ script }) => (script.spoil = [replies.padded(1)])],
    ["more than 1100 bytes", ({ script }) => (script.spoil = [replies.padded(1044)])],
    [
      "garbage",
      ({ script }) =>
        (script.spoil = [replies.withVersion(2), replies.garbage(new SeededRandom(3))]),
    ],
    [
      "an error with a wrong nonce",
      ({ script }) => (script.spoil = [replies.withResult(2, 86_400), replies.withWrongNonce]),
    ],
    [
      "an error without a nonce",
      ({ script }) => (script.spoil = [replies.withResult(2, 86_400), replies.truncatedTo(24)]),
    ],
  ];

  test.each(bad)("%s", async (_name, spoil) => {
    const { clock, gateway, client, network, lost } = pcpWorld();
    // What a system may let through, the client must sort out itself.
    network.filtersSource = false;
    spoil(gateway);
    const outcome = watch(client.map(wish(), never));
    await clock.advance(2000);
    expect(gateway.maps.length).toBeGreaterThan(0);
    expect(gateway.replies).toBeGreaterThanOrEqual(gateway.maps.length);
    expect(outcome).toEqual({ value: undefined, error: undefined });
    gateway.script.spoil = [];
    gateway.script.source = "own";
    await clock.advance(2000);
    expect(outcome.value).toEqual(granted);
    expect(lost).toEqual([]);
  });

  test("a spoiled source does not move the epoch", async () => {
    const { clock, gateway, client, network, lost } = pcpWorld();
    network.filtersSource = false;
    watch(client.map(wish(), never));
    await clock.advance(10_000);
    gateway.script.source = "other-address";
    gateway.script.epoch = () => 0;
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(10);
    expect(lost).toEqual([]);
  });

  test("duplicates and unasked replies change nothing", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    gateway.script.copies = 3;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(10);
    expect(outcome.value).toEqual(granted);
    const announce = encodeResponse({
      body: { opcode: "announce" },
      result: 0,
      lifetime: 0,
      epoch: 0,
      options: [],
    });
    await clock.advance(10_000);
    gateway.sendToLastClient(announce);
    await clock.advance(10);
    expect(lost).toEqual([]);
  });

  test("unknown and unreadable options behind a good answer do no harm", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [replies.padded(8, 0xfe)];
    const outcome = watch(client.map(wish(), never));
    await clock.advance(10);
    expect(outcome.value).toEqual(granted);
  });

  test("the late answer to a deletion that was given up is not taken for a refusal", async () => {
    const { clock, gateway, client } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(10);
    gateway.script.delay = 500;
    const abort = new AbortController();
    watch(client.unmap(wish(), abort.signal));
    await clock.advance(100);
    abort.abort();
    const again = watch(client.map(wish(), never));
    await clock.advance(450);
    expect(again).toEqual({ value: undefined, error: undefined });
    await clock.advance(100);
    expect(again.value).toEqual(granted);
  });

  test("the late answer to a mapping is not taken for its deletion", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.delay = 500;
    const abort = new AbortController();
    watch(client.map(wish(), abort.signal));
    await clock.advance(100);
    abort.abort();
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(450);
    expect(gone.value).toBeUndefined();
    await clock.advance(100);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.server.mappings).toEqual([]);
  });
});
