import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";
import type { Option } from "./options.ts";
import { resultCodes } from "./result-codes.ts";

type World = ReturnType<typeof pcpWorld>;

async function outcomeOf<T>({ clock }: World, asked: Promise<T>): Promise<T | undefined> {
  const outcome = watch(asked);
  await clock.advance(0);
  return outcome.value;
}

const sentOptions = ({ gateway }: World, index = -1): readonly Option[] =>
  gateway.maps.at(index)?.request?.options ?? [];

describe("PREFER_FAILURE (RFC 6887 §13.2)", () => {
  test("the exact port or none", async () => {
    const world = pcpWorld();
    const exact = wish({ exactPort: true });
    expect(await outcomeOf(world, world.client.map(exact, never))).toEqual(granted);
    expect(sentOptions(world)).toEqual([{ name: "prefer-failure" }]);
    world.gateway.occupy("tcp", 9000);
    const taken = wish({ exactPort: true, internalPort: 81, suggestedPort: 9000 });
    expect(await outcomeOf(world, world.client.map(taken, never))).toMatchObject({
      kind: "refused",
      problem: { code: "cannot-provide-external" },
    });
  });

  test("not without a port, nor with a deletion, which would be malformed", async () => {
    const world = pcpWorld();
    const any = wish({ exactPort: true, suggestedPort: 0 });
    expect(await outcomeOf(world, world.client.map(any, never))).toMatchObject({ kind: "granted" });
    expect(sentOptions(world)).toEqual([]);
    const exact = wish({ exactPort: true });
    expect(await outcomeOf(world, world.client.unmap(exact, never))).toEqual({ kind: "gone" });
    expect(sentOptions(world)).toEqual([]);
  });

  test("it is about the port: after a change of address the old one does not make it fail", async () => {
    const world = pcpWorld();
    await outcomeOf(world, world.client.map(wish({ exactPort: true }), never));
    world.gateway.server.externalAddress = "203.0.113.8";
    const renewal = wish({ exactPort: true, renewal: true, suggestedAddress: "203.0.113.7" });
    expect(await outcomeOf(world, world.client.map(renewal, never))).toEqual({
      ...granted,
      externalAddress: "203.0.113.8",
    });
  });

  test("a server that does not know it is asked without, and from then on at once", async () => {
    const world = pcpWorld();
    const { gateway, client } = world;
    const refuse = replies.withResult(resultCodes.UNSUPP_OPTION, 1800);
    gateway.script.spoil = [(reply) => (reply.length > 60 ? refuse(reply) : reply)];
    expect(await outcomeOf(world, client.map(wish({ exactPort: true }), never))).toEqual(granted);
    expect(gateway.maps).toHaveLength(2);
    expect(sentOptions(world)).toEqual([]);
    await outcomeOf(world, client.map(wish({ exactPort: true, renewal: true }), never));
    expect(gateway.maps).toHaveLength(3);
    // Another server may stand there after a change of network.
    client.networkChanged();
    await outcomeOf(world, client.map(wish({ exactPort: true, renewal: true }), never));
    expect(sentOptions(world, -2)).toEqual([{ name: "prefer-failure" }]);
  });

  test("a repeated refusal of the option is not taken for one of the request without it", async () => {
    const world = pcpWorld();
    const { clock, gateway, client } = world;
    const refuse = replies.withResult(resultCodes.UNSUPP_OPTION, 1800);
    gateway.script.spoil = [(reply) => (reply.length > 60 ? refuse(reply) : reply)];
    gateway.script.copies = 2;
    gateway.script.delay = 10;
    const outcome = watch(client.map(wish({ exactPort: true }), never));
    await clock.advance(30);
    expect(outcome.value).toEqual(granted);
  });
});

describe("PORT_SET (RFC 7753)", () => {
  const four = wish({ count: 4 });
  const set = { name: "port-set", size: 4, firstInternalPort: 8080, parity: false };

  test("all granted, renewed and deleted as one", async () => {
    const world = pcpWorld();
    const { gateway, client } = world;
    gateway.knows.add("port-set");
    expect(await outcomeOf(world, client.map(four, never))).toEqual({ ...granted, count: 4 });
    expect(sentOptions(world)).toEqual([set]);
    const renewal = { ...four, renewal: true };
    expect(await outcomeOf(world, client.map(renewal, never))).toEqual({ ...granted, count: 4 });
    expect(await outcomeOf(world, client.unmap(four, never))).toEqual({ kind: "gone" });
    expect(sentOptions(world)).toEqual([set]);
    expect(gateway.server.mappings).toEqual([]);
  });

  test("fewer granted than asked for", async () => {
    const world = pcpWorld();
    world.gateway.knows.add("port-set");
    world.gateway.occupy("tcp", 8082);
    expect(await outcomeOf(world, world.client.map(four, never))).toEqual({ ...granted, count: 2 });
    world.gateway.server.maximumPortSet = 1;
    const other = wish({ count: 4, internalPort: 90, suggestedPort: 90 });
    expect(await outcomeOf(world, world.client.map(other, never))).toEqual({
      ...granted,
      externalPort: 90,
    });
  });

  test("without the option in the answer it is one port", async () => {
    const world = pcpWorld();
    expect(await outcomeOf(world, world.client.map(four, never))).toEqual(granted);
    expect(world.gateway.maps).toHaveLength(1);
  });

  test("a set that begins elsewhere, or is larger than asked for, grants no more than is sure", async () => {
    const world = pcpWorld();
    world.gateway.knows.add("port-set");
    world.gateway.script.spoil = [replies.withPortSet(4, 8079)];
    expect(await outcomeOf(world, world.client.map(four, never))).toEqual(granted);
    world.gateway.script.spoil = [replies.withPortSet(400, 8080)];
    expect(await outcomeOf(world, world.client.map(four, never))).toEqual({ ...granted, count: 4 });
  });

  test("miniupnpd up to 2.3.9 calls it malformed, and is asked without", async () => {
    const world = pcpWorld();
    const { gateway, client } = world;
    gateway.knows.add("port-set");
    const refuse = replies.withResult(resultCodes.MALFORMED_OPTION, 0);
    gateway.script.spoil = [(reply) => (reply.length > 60 ? refuse(reply) : reply)];
    expect(await outcomeOf(world, client.map(four, never))).toEqual(granted);
    expect(gateway.maps).toHaveLength(2);
  });

  test("one port needs no option", async () => {
    const world = pcpWorld();
    await outcomeOf(world, world.client.map(wish({ count: 1 }), never));
    expect(sentOptions(world)).toEqual([]);
  });
});

describe("THIRD_PARTY (RFC 6887 §13.1)", () => {
  const forConsole = wish({ host: "192.0.2.20" });
  const option = { name: "third-party", address: "192.0.2.20" };

  test("opens and closes the port of another host", async () => {
    const world = pcpWorld();
    const { gateway, client } = world;
    gateway.knows.add("third-party");
    expect(await outcomeOf(world, client.map(forConsole, never))).toEqual(granted);
    expect(gateway.maps[0]?.request).toMatchObject({
      clientAddress: "192.0.2.10",
      options: [option],
    });
    expect(gateway.server.mappings).toMatchObject([{ internal: { address: "192.0.2.20" } }]);
    expect(await outcomeOf(world, client.unmap(forConsole, never))).toEqual({ kind: "gone" });
    expect(gateway.server.mappings).toEqual([]);
  });

  test.each([
    ["does not act for others", resultCodes.UNSUPP_OPTION],
    ["does not let us", resultCodes.NOT_AUTHORIZED],
  ])("a server that %s: refused in plain words", async (_name, result) => {
    const world = pcpWorld();
    world.gateway.script.spoil = [replies.withResult(result, 1800)];
    expect(await outcomeOf(world, world.client.map(forConsole, never))).toMatchObject({
      kind: "refused",
      problem: { code: "third-party-refused" },
      retryAfter: 1800,
    });
    expect(world.gateway.maps).toHaveLength(1);
  });

  test("for our own address it is a mapping like any other", async () => {
    const world = pcpWorld();
    world.gateway.knows.add("third-party");
    const own = wish({ host: "192.0.2.10" });
    expect(await outcomeOf(world, world.client.map(own, never))).toEqual(granted);
    expect(sentOptions(world)).toEqual([]);
  });

  test("an answer without it opened this PC instead: taken back", async () => {
    const world = pcpWorld();
    const { gateway, client } = world;
    gateway.knows.add("third-party");
    gateway.script.spoil = [replies.truncatedTo(60)];
    expect(await outcomeOf(world, client.map(forConsole, never))).toMatchObject({
      problem: { code: "third-party-refused" },
    });
    await world.clock.advance(10);
    expect(gateway.maps.map(({ request }) => request?.lifetime)).toEqual([7200, 0]);
  });

  test("an answer about another host is none", async () => {
    const world = pcpWorld();
    world.gateway.knows.add("third-party");
    world.gateway.script.spoil = [replies.withThirdParty("192.0.2.21")];
    expect(await outcomeOf(world, world.client.map(forConsole, never))).toBeUndefined();
  });
});
