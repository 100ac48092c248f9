import { afterEach, describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../../test/fixtures/environment.ts";
import {
  attribute,
  errorCode,
  stunMessage,
  xorMappedAddress,
} from "../../../../test/fixtures/stun-messages.ts";
import type { UdpAddress } from "../../environment.ts";
import { askBinding, type BindingOutcome } from "./transaction.ts";

const server = { address: "52.3.4.1", port: 3478 };
const stranger = { address: "52.6.6.6", port: 3478 };
const mapped = { kind: "mapped", mapped: { address: "52.3.4.5", port: 4000 } } as const;

type Reply = (transactionId: Uint8Array) => Uint8Array;

const right: Reply = (transactionId) =>
  stunMessage({ transactionId, attributes: [xorMappedAddress("52.3.4.5", 4000, transactionId)] });
const wrong: Reply = (transactionId) =>
  stunMessage({ transactionId, attributes: [xorMappedAddress("52.6.6.6", 4000, transactionId)] });

async function world() {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  const arrivals: number[] = [];
  const requests: Uint8Array[] = [];
  let replies: readonly (readonly [Reply, UdpAddress])[] = [];
  const bound = network.bind(server, (datagram, from) => {
    arrivals.push(clock.monotonic());
    requests.push(datagram);
    for (const [reply, source] of replies) bound.send(reply(datagram.slice(8)), from, source);
  });
  const socket = await network.connectUdp(server);
  const abort = new AbortController();
  const ask = async (within = 10_000): Promise<BindingOutcome | null> => {
    let outcome: BindingOutcome | null = null;
    void askBinding(environment, socket, server, abort.signal).then((got) => (outcome = got));
    await clock.advance(within);
    return outcome;
  };
  return {
    ask,
    clock,
    network,
    arrivals,
    requests,
    abort,
    reply: (...with_: readonly (readonly [Reply, UdpAddress])[]) => (replies = with_),
    close: () => bound.close(),
    pending: () => clock.pending,
  };
}

let pending: (() => number) | null = null;
afterEach(() => {
  if ((pending?.() ?? 0) > 0) throw new Error("a timer was left behind");
});

const fresh = async (): ReturnType<typeof world> => {
  const made = await world();
  pending = made.pending;
  return made;
};

test("one request of 20 bytes, one answer", async () => {
  const { ask, reply, requests } = await fresh();
  reply([right, server]);
  expect(await ask()).toEqual(mapped);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toHaveLength(20);
});

test("a silent server is asked four times in six seconds, always by the same request", async () => {
  const { ask, arrivals, requests } = await fresh();
  expect(await ask()).toEqual({ kind: "silent" });
  expect(arrivals).toEqual([0, 500, 1500, 3500]);
  expect(new Set(requests.map((request) => Buffer.from(request).toString("hex"))).size).toBe(1);
});

test("an answer to a later request does as well", async () => {
  const { ask, reply, network, clock } = await fresh();
  reply([right, server]);
  network.toServer = { loss: 1, duplication: 0, delay: 0, spread: 0 };
  clock.after(1000, () => (network.toServer = { loss: 0, duplication: 1, delay: 0, spread: 0 }));
  expect(await ask()).toEqual(mapped);
});

test("each transaction has an id of its own", async () => {
  const { ask, reply, requests } = await fresh();
  reply([right, server]);
  await ask();
  await ask();
  expect(requests[0]?.slice(8)).not.toEqual(requests[1]?.slice(8));
});

describe("what a forger sends before the server answers changes nothing", () => {
  test.each<[string, Reply, UdpAddress]>([
    ["from another host", wrong, stranger],
    ["from another port of the server", wrong, { ...server, port: 3479 }],
    ["to another transaction", (id) => wrong(id.map((byte) => byte ^ 1)), server],
    ["to no transaction", () => wrong(new Uint8Array(12)), server],
    ["cut short", (id) => wrong(id).subarray(0, 28), server],
    ["nothing", () => new Uint8Array(), server],
    ["64 KB", (id) => new Uint8Array(65_507).map((_, at) => wrong(id)[at] ?? 0), server],
    [
      "with a length that lies",
      (transactionId) =>
        stunMessage({
          transactionId,
          attributes: [attribute(0x0020, [0, 1, 0, 1, 6, 6, 6, 6], 0x4000)],
        }),
      server,
    ],
    [
      "with a wrong fingerprint",
      (id) => {
        const attributes = [xorMappedAddress("52.6.6.6", 1, id), attribute(0x8028, [1, 2, 3, 4])];
        return stunMessage({ transactionId: id, attributes });
      },
      server,
    ],
    [
      "our own request",
      (id) => stunMessage({ type: 1, transactionId: id, attributes: [] }),
      server,
    ],
  ])("%s", async (_, forged, source) => {
    const { ask, reply, network } = await fresh();
    network.filtersSource = false;
    reply([forged, source], [right, server]);
    expect(await ask()).toEqual(mapped);
    reply([forged, source]);
    expect(await ask()).toEqual({ kind: "silent" });
  });
});

test("a flood is not read to the end", async () => {
  const { ask, reply } = await fresh();
  const flood = Array.from({ length: 40 }, () => [() => new Uint8Array(20), server] as const);
  reply(...flood, [right, server]);
  expect(await ask()).toEqual({ kind: "silent" });
});

test.each<[string, Reply, BindingOutcome]>([
  [
    "an error",
    (id) => stunMessage({ type: "error", transactionId: id, attributes: [errorCode(500)] }),
    { kind: "error", code: 500 },
  ],
  [
    "the word to ask another server, which is not asked",
    (id) =>
      stunMessage({
        type: "error",
        transactionId: id,
        attributes: [errorCode(300), attribute(0x8023, [0, 1, 13, 150, 52, 6, 6, 6])],
      }),
    { kind: "error", code: 300 },
  ],
  [
    "what has to be understood and is not",
    (transactionId) => stunMessage({ transactionId, attributes: [attribute(0x7ffe, [])] }),
    { kind: "unusable", reason: "unknown-attribute" },
  ],
])("%s ends the transaction", async (_, answer, outcome) => {
  const { ask, reply, network, arrivals } = await fresh();
  let misled = 0;
  network.bind(stranger, () => (misled += 1));
  reply([answer, server]);
  expect(await ask()).toEqual(outcome);
  expect(arrivals).toHaveLength(1);
  expect(misled).toBe(0);
});

test("a port on which nobody listens is said at once", async () => {
  const { ask, close } = await fresh();
  close();
  expect(await ask(1)).toEqual({ kind: "unreachable", detail: "ECONNREFUSED" });
});

test("it ends with its signal", async () => {
  const { abort, clock, network } = await fresh();
  const environment = { clock, random: simulatedEnvironment().random };
  const socket = await network.connectUdp(server);
  const asked = askBinding(environment, socket, server, abort.signal);
  abort.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
  await expect(askBinding(environment, socket, server, abort.signal)).rejects.toThrow("enough");
  // Nothing waits but what is on its way already.
  await clock.advance(0);
});
