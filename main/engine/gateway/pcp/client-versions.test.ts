import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";

const HALF_AN_HOUR = 1_800_000;

describe("version negotiation (RFC 6887 §9)", () => {
  const others = [
    ["version 0 in 8 bytes", replies.versionZero(8), "it speaks NAT-PMP"],
    ["version 0 in 12 bytes", replies.versionZero(12), "it speaks NAT-PMP"],
    ["its highest version is 1", replies.unsupportedVersion(1), "it speaks PCP version 1"],
    ["its lowest version is 3", replies.unsupportedVersion(3), "it speaks PCP version 3"],
  ] as const;

  test.each(others)("%s: refused for half an hour", async (_name, spoil, words) => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [spoil];
    gateway.script.spoilsAnnounce = true;
    const speaks = watch(client.probe(never));
    await clock.advance(0);
    expect(speaks.value).toBe(false);
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toMatchObject({
      kind: "refused",
      problem: { code: "unsupported-version", message: expect.stringContaining(words) },
      retryAfter: 1800,
    });
  });

  test.each(others)("%s: not asked again before, and then it is", async (_name, spoil) => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = [spoil];
    gateway.script.spoilsAnnounce = true;
    watch(client.map(wish(), never));
    await clock.advance(600_000);
    const again = watch(client.probe(never));
    const outcome = watch(client.map(wish(), never));
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(again.value).toBe(false);
    expect(outcome.value).toMatchObject({ kind: "refused", retryAfter: 1200 });
    expect(gone.value).toMatchObject({ kind: "refused" });
    expect(gateway.received).toHaveLength(1);
    gateway.script.spoil = [];
    await clock.advance(HALF_AN_HOUR - 600_000);
    const later = watch(client.probe(never));
    await clock.advance(0);
    expect(later.value).toBe(true);
  });

  test("another network, or an announcement in our version, ends the wait", async () => {
    for (const news of ["network", "announcement"] as const) {
      const { clock, gateway, client } = pcpWorld();
      gateway.script.spoil = [replies.versionZero()];
      watch(client.map(wish(), never));
      await clock.advance(1000);
      gateway.script.spoil = [];
      if (news === "network") client.networkChanged();
      else client.announced(gateway.announcement(), gateway.address);
      const outcome = watch(client.map(wish(), never));
      await clock.advance(0);
      expect(outcome.value).toEqual(granted);
    }
  });

  test.each([
    ["a success in version 1", [replies.withVersion(1)]],
    ["a success in version 3", [replies.withVersion(3)]],
    ["another error in version 1", [replies.withVersion(1), replies.withResult(8, 30)]],
  ])("%s tells nothing of the server", async (_name, spoil) => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.spoil = spoil;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1000);
    expect(outcome).toEqual({ value: undefined, error: undefined });
    gateway.script.spoil = [];
    await clock.advance(3000);
    expect(outcome.value).toEqual(granted);
  });

  test("an unasked version answer does not shut PCP out", async () => {
    const { clock, gateway, client } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(10);
    gateway.sendToLastClient(replies.versionZero()(Uint8Array.of(2, 0x81)));
    await clock.advance(10);
    const outcome = watch(client.map(wish({ renewal: true }), never));
    await clock.advance(0);
    expect(outcome.value).toEqual(granted);
  });
});
