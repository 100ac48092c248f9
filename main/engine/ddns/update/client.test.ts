import { beforeEach, describe, expect, test } from "vitest";
import {
  inTime,
  simulatedDnsWorld,
  type SimulatedDnsWorld,
} from "../../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../../test/dns/fake-dns-server.ts";
import { labKey, tsigKey } from "../../../../test/dns/keys.ts";
import { encodeMessage } from "../wire/message.ts";
import { rcodes } from "../wire/numbers.ts";
import { parseRecordText } from "../wire/presentation.ts";
import { sendUpdate, updateMessage, type UpdateOutcome, type UpdateRequest } from "./client.ts";

const server = { address: "198.51.100.53", port: 53 };
const key = tsigKey(labKey("k"));
const request: UpdateRequest = {
  zone: "home.example",
  changes: [
    {
      name: "play.home.example",
      type: "A",
      before: [],
      after: [parseRecordText("A", "52.3.4.5")],
      ttl: 60,
    },
  ],
};

let world: SimulatedDnsWorld;
let fake: FakeDnsServer;

beforeEach(() => {
  world = simulatedDnsWorld();
  fake = new FakeDnsServer({
    zone: "home.example",
    key,
    now: () => Math.floor(world.environment.clock.now() / 1000),
  });
});

function outcomeOf(servers = [server]): Promise<UpdateOutcome> {
  return inTime(world, sendUpdate(world, servers, key, request), 30_000);
}

test("the message of RFC 2136 §2: prerequisites, removals, then additions", () => {
  const wire = encodeMessage(
    updateMessage(0x0e61, {
      zone: "home.example",
      changes: [
        {
          name: "a.home.example",
          type: "A",
          before: [parseRecordText("A", "52.3.4.4")],
          after: [parseRecordText("A", "52.3.4.5")],
          ttl: 60,
        },
        { name: "b.home.example", type: "TXT", before: [], after: [], ttl: 60 },
      ],
    }),
  );
  const zone = "04686f6d65076578616d706c6500";
  expect(Buffer.from(wire).toString("hex")).toBe(
    [
      "0e61280000010002000300 00",
      `${zone} 0006 0001`,
      `0161 ${zone} 0001 0001 00000000 0004 34030404`,
      `0162 ${zone} 0010 00fe 00000000 0000`,
      `0161 ${zone} 0001 00ff 00000000 0000`,
      `0162 ${zone} 0010 00ff 00000000 0000`,
      `0161 ${zone} 0001 0001 0000003c 0004 34030405`,
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});

test("done, once, after lost datagrams too", async () => {
  let lost = 2;
  world.serve(server, (bytes) => {
    if (lost > 0) {
      lost -= 1;
      return null;
    }
    return fake.answer(bytes);
  });
  expect(await outcomeOf()).toEqual({ kind: "done" });
  expect(fake.texts("play.home.example", "A")).toEqual(["52.3.4.5"]);
  expect(fake.updates).toHaveLength(1);
  expect(world.environment.network.openSockets).toBe(0);
  expect(world.environment.clock.pending).toBe(0);
});

test("silence ends in time", async () => {
  fake.silent = true;
  world.serve(server, (bytes) => fake.answer(bytes));
  expect(await outcomeOf()).toEqual({ kind: "failed", reason: "timeout" });
  expect(world.environment.network.sent).toBe(3);
});

test("the next address of the primary is tried when the first cannot be reached", async () => {
  world.serve(server, (bytes) => fake.answer(bytes));
  expect(await outcomeOf([{ address: "198.51.100.1", port: 53 }, server])).toEqual({
    kind: "done",
  });
});

describe("answers that cannot be believed", () => {
  test("are waited over until the right one comes", async () => {
    const socket = world.environment.network.bind(server, (datagram, from) => {
      const good = fake.answer(datagram) ?? new Uint8Array();
      const damaged = Uint8Array.from(good);
      damaged[3] = 0x05; // REFUSED, as somebody would have it
      socket.send(damaged, from);
      socket.send(Uint8Array.of(1, 2, 3), from);
      socket.send(good, from);
    });
    expect(await outcomeOf()).toEqual({ kind: "done" });
  });

  test("alone are not an answer", async () => {
    world.serve(server, (bytes) => {
      const answer = Uint8Array.from(fake.answer(bytes) ?? []);
      answer[answer.length - 20] = (answer[answer.length - 20] ?? 0) ^ 1;
      return answer;
    });
    expect(await outcomeOf()).toEqual({ kind: "failed", reason: "unverified" });
  });

  test("without a signature: success is not believed, a refusal is", async () => {
    const unsigned = (rcode: number) => (bytes: Uint8Array) => {
      const answer = Uint8Array.from([...bytes.subarray(0, 2), 0xa8, rcode, ...Buffer.alloc(8)]);
      return answer;
    };
    world.serve(server, unsigned(rcodes.REFUSED));
    expect(await outcomeOf()).toEqual({ kind: "refused", rcode: "REFUSED" });
    world.serve(server, unsigned(rcodes.NOERROR));
    expect(await outcomeOf()).toEqual({ kind: "failed", reason: "unverified" });
    world.serve(server, unsigned(rcodes.YXRRSET));
    expect(await outcomeOf()).toEqual({ kind: "failed", reason: "unverified" });
  });
});

test.each([
  [rcodes.YXRRSET, { kind: "conflict", rcode: "YXRRSET" }],
  [rcodes.NXRRSET, { kind: "conflict", rcode: "NXRRSET" }],
  [rcodes.SERVFAIL, { kind: "failed", reason: "SERVFAIL" }],
  [rcodes.REFUSED, { kind: "refused", rcode: "REFUSED" }],
  [rcodes.NOTIMP, { kind: "refused", rcode: "NOTIMP" }],
])("a signed answer with rcode %i", async (rcode, outcome) => {
  fake.updateRcode = rcode;
  world.serve(server, (bytes) => fake.answer(bytes));
  expect(await outcomeOf()).toEqual(outcome);
});
