import { beforeEach, describe, expect, test } from "vitest";
import {
  inTime,
  simulatedDnsWorld,
  type SimulatedDnsWorld,
} from "../../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../../test/dns/fake-dns-server.ts";
import { decodeMessage, encodeMessage, record } from "../wire/message.ts";
import { classes } from "../wire/numbers.ts";
import { parseRecordText, recordText } from "../wire/presentation.ts";
import { type Authority, findAuthority } from "./authority.ts";
import { agreed, observe } from "./observe.ts";
import { ask, resolve } from "./resolver.ts";

const zone = "home.example";
const first = { address: "198.51.100.53", port: 53 };
const second = { address: "198.51.100.54", port: 53 };

let world: SimulatedDnsWorld;
let servers: FakeDnsServer[];

beforeEach(() => {
  world = simulatedDnsWorld();
  servers = [first, second].map((address) => {
    const server = new FakeDnsServer({ zone, now: () => 0 });
    world.serve(address, (bytes) => server.answer(bytes));
    server.set(zone, "NS", ["ns.home.example", "ns2.home.example"]);
    server.set("ns.home.example", "A", [first.address]);
    server.set("ns2.home.example", "A", [second.address]);
    server.set("play.home.example", "A", ["52.3.4.5"]);
    return server;
  });
});

function within<T>(work: Promise<T>): Promise<T> {
  return inTime(world, work);
}

const authority: Authority = {
  zone,
  primary: [first],
  servers: [
    { name: "ns.home.example", addresses: [first] },
    { name: "ns2.home.example", addresses: [second] },
  ],
};

describe("who is authoritative", () => {
  test("is found through the system's resolvers, from a name below that does not exist", async () => {
    world.network.resolverAddresses = [{ address: "192.0.2.99", port: 53 }, first];
    expect(await within(findAuthority(world, "_x._tcp.play.home.example", null))).toEqual({
      kind: "found",
      authority,
    });
  });

  test("with a server given by hand is that one, and the zone's others beside it", async () => {
    expect(await within(findAuthority(world, "play.home.example", second))).toEqual({
      kind: "found",
      authority: {
        zone,
        primary: [second],
        servers: [{ name: second.address, addresses: [second] }, ...authority.servers],
      },
    });
  });

  test("is not known without a resolver", async () => {
    expect(await within(findAuthority(world, "play.home.example", null))).toEqual({
      kind: "failed",
      answered: false,
      reason: "no resolver",
    });
  });

  test("an SOA of another zone is not believed", async () => {
    world.serve({ address: "192.0.2.66", port: 53 }, (bytes) => {
      const other = new FakeDnsServer({ zone: "evil.example", now: () => 0 });
      const answer = other.answer(
        encodeMessage({
          ...decoded(bytes),
          questions: [{ name: "evil.example", type: 6, class: 1 }],
        }),
      );
      return encodeMessage({
        ...decoded(answer ?? bytes),
        questions: decoded(bytes).questions,
      });
    });
    const outcome = findAuthority(world, "play.home.example", { address: "192.0.2.66", port: 53 });
    expect(await within(outcome)).toMatchObject({ kind: "failed" });
  });
});

describe("observing", () => {
  const play = { name: "play.home.example", type: "A" } as const;

  test("all servers agree", async () => {
    const [observed] = await within(observe(world, authority, [play]));
    expect(observed).toMatchObject({
      silent: [],
      views: [{ ttl: 60, servers: ["ns.home.example", "ns2.home.example"] }],
    });
    expect(observed === undefined ? null : agreed(observed)?.map(recordText)).toEqual(["52.3.4.5"]);
  });

  test("one lags behind", async () => {
    servers[1]?.set("play.home.example", "A", ["52.3.4.4"]);
    const [observed] = await within(observe(world, authority, [play]));
    expect(observed?.views).toHaveLength(2);
    expect(observed === undefined ? null : agreed(observed)).toBeNull();
  });

  test("one is silent, one refuses: named, and not taken for absence", async () => {
    for (const server of servers) server.silent = true;
    const [none] = await within(observe(world, authority, [play]));
    expect(none).toMatchObject({ views: [], silent: ["ns.home.example", "ns2.home.example"] });
    expect(none === undefined ? null : agreed(none)).toBeNull();
  });

  test("what is said without authority does not count", async () => {
    world.serve(first, (bytes) => {
      const answer = servers[0]?.answer(bytes);
      return answer === null || answer === undefined
        ? null
        : encodeMessage({ ...decoded(answer), authoritative: false });
    });
    const [observed] = await within(observe(world, authority, [play]));
    expect(observed?.silent).toEqual(["ns.home.example"]);
  });
});

describe("asking", () => {
  test("aliases are followed inside the answer, a circle ends", async () => {
    const resolver = { address: "192.0.2.98", port: 53 };
    world.network.resolverAddresses = [resolver];
    const a = (name: string, text: string) =>
      record(name, classes.IN, 30, parseRecordText("A", text));
    const alias = (name: string, target: string) =>
      record(name, classes.IN, 30, parseRecordText("CNAME", target));
    world.serve(resolver, (bytes) => {
      const asked = decoded(bytes);
      const circle = asked.questions[0]?.name === "circle.example";
      return encodeMessage({
        ...asked,
        response: true,
        answers: circle
          ? [alias("circle.example", "b.example"), alias("b.example", "circle.example")]
          : [
              alias("a.example", "b.example"),
              a("b.example", "52.1.1.1"),
              a("x.example", "52.2.2.2"),
            ],
      });
    });
    const found = await within(resolve(world, "a.example", "A"));
    expect(found.kind === "answer" ? found.answer.data.map(recordText) : found).toEqual([
      "52.1.1.1",
    ]);
    const circle = await within(resolve(world, "circle.example", "A"));
    expect(circle.kind === "answer" ? circle.answer.data : circle).toEqual([]);
  });

  test("a truncated answer is asked for again over TCP", async () => {
    const texts = Array.from({ length: 5 }, (_, index) => `"${index} ${"x".repeat(200)}"`);
    servers[0]?.set("long.home.example", "TXT", texts);
    const outcome = await within(ask(world, first, "long.home.example", "TXT", false));
    expect(outcome.kind === "answer" ? outcome.answer.data : outcome).toHaveLength(5);
    expect(world.network.overTcp).toBe(1);
  });

  test("answers with another id or question are waited over", async () => {
    const socket = world.environment.network.bind(first, (datagram, from) => {
      const good = servers[0]?.answer(datagram) ?? new Uint8Array();
      const otherId = Uint8Array.from(good);
      otherId[0] = (otherId[0] ?? 0) ^ 0xff;
      socket.send(otherId, from);
      const otherQuestion = encodeMessage({
        ...decoded(good),
        questions: [{ name: "other.example", type: 1, class: 1 }],
        answers: [],
      });
      socket.send(otherQuestion, from);
      socket.send(good, from);
    });
    const outcome = await within(ask(world, first, "play.home.example", "A", false));
    expect(outcome.kind === "answer" ? outcome.answer.data.map(recordText) : outcome).toEqual([
      "52.3.4.5",
    ]);
  });
});

function decoded(bytes: Uint8Array) {
  const outcome = decodeMessage(bytes);
  if (outcome.kind === "invalid") throw new Error(outcome.reason);
  return outcome.message;
}
