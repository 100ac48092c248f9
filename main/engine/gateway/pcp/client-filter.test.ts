/** Letting in a few visitors alone (FILTER, RFC 6887 §13.3). */
import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";
import type { Option } from "./options.ts";
import { resultCodes } from "./result-codes.ts";

type World = ReturnType<typeof pcpWorld>;

const friends = ["198.51.100.0/24", "203.0.113.9"];
const limited = wish({ sources: friends });
const filter = { name: "filter", remotePort: 0 } as const;
const sent: readonly Option[] = [
  { ...filter, prefixLength: 0, remoteAddress: "::" },
  { ...filter, prefixLength: 120, remoteAddress: "198.51.100.0" },
  { ...filter, prefixLength: 128, remoteAddress: "203.0.113.9" },
];

function honestWorld(options: Parameters<typeof pcpWorld>[0] = {}): World {
  const world = pcpWorld(options);
  world.gateway.knows.add("filter");
  return world;
}

async function outcomeOf<T>({ clock }: World, asked: Promise<T>): Promise<T | undefined> {
  const outcome = watch(asked);
  await clock.advance(10);
  return outcome.value;
}

/** What was asked for with lifetime and filters, in order. */
const asked = ({ gateway }: World) =>
  gateway.maps.map(({ request }) => [
    request?.lifetime,
    request?.options.filter(({ name }) => name === "filter").length,
  ]);

const unsupported = { kind: "refused", problem: { code: "sources-unsupported" } };

/** miniupnpd: echoes the option, and does not look at it. */
const ignoring = (reply: Uint8Array): Uint8Array =>
  reply[3] === resultCodes.MALFORMED_OPTION
    ? replies.withResult(resultCodes.SUCCESS, 0)(reply)
    : reply;

describe("a server that acts on filters", () => {
  test("shows it by refusing them in a deletion of nothing; then they are set", async () => {
    const world = honestWorld();
    expect(await outcomeOf(world, world.client.map(limited, never))).toEqual(granted);
    expect(asked(world)).toEqual([
      [0, 3],
      [7200, 3],
    ]);
    const [proof, map] = world.gateway.maps.map(({ request }) => request);
    expect(map?.options).toEqual(sent);
    expect(world.gateway.server.mappings).toMatchObject([{ filters: sent.slice(1) }]);
    // The deletion is about the port that it comes from, where nothing else can be, under a nonce of its own.
    expect(proof?.body).toMatchObject({
      protocol: 17,
      internalPort: world.gateway.received[0]?.from.port,
    });
    expect(proof?.body).not.toMatchObject({ nonce: limited.nonce });
  });

  test("a renewal carries the list, so that a server that restarted unseen opens to nobody else", async () => {
    const world = honestWorld();
    await outcomeOf(world, world.client.map(limited, never));
    world.gateway.reboot();
    const renewal = { ...limited, renewal: true };
    expect(await outcomeOf(world, world.client.map(renewal, never))).toEqual(granted);
    expect(world.gateway.server.mappings).toMatchObject([{ filters: sent.slice(1) }]);
  });

  test("another list takes the place of the one before, in one request", async () => {
    const world = honestWorld();
    await outcomeOf(world, world.client.map(limited, never));
    const other = { ...limited, sources: ["192.0.2.200"], renewal: true };
    expect(await outcomeOf(world, world.client.map(other, never))).toEqual(granted);
    expect(world.gateway.server.mappings).toMatchObject([
      { filters: [{ ...filter, prefixLength: 128, remoteAddress: "192.0.2.200" }] },
    ]);
    expect(asked(world).filter(([lifetime]) => lifetime !== 0)).toEqual([
      [7200, 3],
      [7200, 2],
    ]);
  });

  test("IPv6 prefixes are counted as they are", async () => {
    const world = honestWorld({ ref: { address: "2001:db8::1" } });
    world.gateway.server.externalAddress = "2001:db8::10";
    const six = wish({ sources: ["2001:db8:7::/48"] });
    await outcomeOf(world, world.client.map(six, never));
    expect(world.gateway.server.mappings).toMatchObject([
      { filters: [{ ...filter, prefixLength: 48, remoteAddress: "2001:db8:7::" }] },
    ]);
  });

  test("the most that a list holds fits into a message, with every other option", async () => {
    const world = honestWorld();
    world.gateway.knows.add("third-party").add("port-set");
    const sources = Array.from({ length: 8 }, (_, at) => `198.51.100.${at}`);
    const most = wish({ count: 4, host: "192.0.2.20", exactPort: true, sources });
    expect(await outcomeOf(world, world.client.map(most, never))).toMatchObject({
      kind: "granted",
    });
    for (const { bytes } of world.gateway.maps) expect(bytes.length).toBeLessThanOrEqual(1100);
  });

  test("a deletion of what is limited has no filters", async () => {
    const world = honestWorld();
    await outcomeOf(world, world.client.map(limited, never));
    expect(await outcomeOf(world, world.client.unmap(limited, never))).toEqual({ kind: "gone" });
    expect(world.gateway.server.mappings).toEqual([]);
  });
});

describe("a server that lets in everybody is never asked to open", () => {
  test("it ignores the option, and would echo it", async () => {
    const world = honestWorld();
    world.gateway.script.spoil = [ignoring];
    expect(await outcomeOf(world, world.client.map(limited, never))).toMatchObject(unsupported);
    expect(asked(world)).toEqual([[0, 3]]);
  });

  test.each([
    ["does not know the option", resultCodes.UNSUPP_OPTION, "sources-unsupported"],
    ["finds nothing to delete", resultCodes.NO_RESOURCES, "sources-unsupported"],
    ["finds another's mapping", resultCodes.NOT_AUTHORIZED, "sources-unsupported"],
    ["is off the internet, which says nothing", resultCodes.NETWORK_FAILURE, "network-failure"],
  ])("it %s", async (_name, result, code) => {
    const world = honestWorld();
    world.gateway.script.spoil = [replies.withResult(result, 30)];
    expect(await outcomeOf(world, world.client.map(limited, never))).toMatchObject({
      kind: "refused",
      problem: { code },
    });
    expect(asked(world)).toEqual([[0, 3]]);
    expect(world.gateway.server.mappings).toEqual([]);
  });

  test("it is silent", async () => {
    const world = honestWorld();
    world.gateway.script.silent = true;
    expect(await outcomeOf(world, world.client.map(limited, never))).toBeUndefined();
    await world.clock.advance(60_000);
    expect(new Set(asked(world).map(([lifetime]) => lifetime))).toEqual(new Set([0]));
  });
});

describe("a grant that is none", () => {
  test.each([
    ["without the filters", replies.truncatedTo(60)],
    ["without the last of them", replies.truncatedTo(60 + 2 * 24)],
    [
      "with another prefix",
      (reply: Uint8Array) => {
        const bytes = reply.slice();
        // Prefix length of the last option.
        if (bytes.length > 60) bytes[bytes.length - 19] = 100;
        return bytes;
      },
    ],
  ])("%s: taken back", async (_name, spoil) => {
    const world = honestWorld();
    world.gateway.script.spoil = [
      (reply) => (reply[3] === resultCodes.SUCCESS ? spoil(reply) : reply),
    ];
    expect(await outcomeOf(world, world.client.map(limited, never))).toMatchObject(unsupported);
    await world.clock.advance(100);
    expect(world.gateway.server.mappings).toEqual([]);
  });

  test("more visitors than it can hold", async () => {
    const world = honestWorld();
    world.gateway.script.refuses = (request) =>
      request.lifetime > 0 ? resultCodes.EXCESSIVE_REMOTE_PEERS : null;
    expect(await outcomeOf(world, world.client.map(limited, never))).toMatchObject({
      kind: "refused",
      problem: { code: "excessive-remote-peers" },
    });
    expect(world.gateway.server.mappings).toEqual([]);
  });
});
