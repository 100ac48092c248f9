import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type Message, record } from "./message.ts";
import { classes, opcodes, recordTypes } from "./numbers.ts";
import { parseRecordText } from "./presentation.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

const empty: Message = {
  id: 0,
  response: false,
  opcode: opcodes.QUERY,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  rcode: 0,
  questions: [],
  answers: [],
  authority: [],
  additional: [],
};

test("a question", () => {
  const question = { name: "a.example", type: recordTypes.SRV, class: classes.IN };
  const message = { ...empty, id: 0xbeef, recursionDesired: true, questions: [question] };
  const wire = bytes("beef 0100 0001 0000 0000 0000 0161076578616d706c6500 0021 0001");
  expect(encodeMessage(message)).toEqual(wire);
  expect(decodeMessage(wire)).toEqual({ kind: "message", message });
});

test("a compressed answer with SOA, as servers send it", () => {
  const wire = bytes(`
    1234 8583 0001 0000 0001 0000
    0161 04686f6d65 076578616d706c65 00 0001 0001
    c00e 0006 0001 0000003c 0026
      026e73 c00e 0a686f73746d6173746572 c00e
      00000007 00000e10 00000258 00015180 0000003c`);
  expect(decodeMessage(wire)).toMatchObject({
    kind: "message",
    message: {
      response: true,
      authoritative: true,
      rcode: 3,
      authority: [
        {
          name: "home.example",
          ttl: 60,
          data: {
            type: "SOA",
            primary: "ns.home.example",
            mailbox: "hostmaster.home.example",
            serial: 7,
            minimum: 60,
          },
        },
      ],
    },
  });
});

test("an UPDATE as nsupdate of BIND 9.18 sends it", () => {
  const wire = bytes(
    "0e612800000100010002000004686f6d65076578616d706c65000006000104706c6179c00c000100fe000000000000c01e000100010000003c0004340304050a5f6d696e656372616674045f74637004686f6d65076578616d706c6500002100010000003c00190000000063e204706c617904686f6d65076578616d706c6500",
  );
  const decoded = decodeMessage(wire);
  expect(decoded).toMatchObject({
    kind: "message",
    message: {
      opcode: opcodes.UPDATE,
      questions: [{ name: "home.example", type: recordTypes.SOA }],
      answers: [
        { name: "play.home.example", type: recordTypes.A, class: classes.NONE, data: null },
      ],
      authority: [
        { name: "play.home.example", ttl: 60, data: { type: "A", address: "52.3.4.5" } },
        { name: "_minecraft._tcp.home.example", data: { type: "SRV", port: 25_570 } },
      ],
    },
  });
  if (decoded.kind !== "message") throw new Error(decoded.reason);
  expect(decodeMessage(encodeMessage(decoded.message))).toEqual(decoded);
});

describe("invalid", () => {
  test.each([
    ["no header", "beef01"],
    ["a question that is missing", "beef 0100 0001 0000 0000 0000"],
    ["a record cut off", "beef 8000 0000 0001 0000 0000 00 0001 0001 0000003c 0004 7f0000"],
    [
      "an address of three bytes",
      "beef 8000 0000 0001 0000 0000 00 0001 0001 0000003c 0003 7f0000",
    ],
    ["bytes behind it", "beef 8000 0000 0000 0000 0000 00"],
    ["counts beyond reason", "beef 8000 ffff ffff ffff ffff"],
    [
      "an SRV whose name runs out of its data",
      "beef 8000 0000 0001 0000 0000 00 0021 0001 0000003c 0007 0000 0000 0001 05",
    ],
  ])("%s", (_what, hex) => {
    expect(decodeMessage(bytes(hex)).kind).toBe("invalid");
  });
});

test("a negative TTL counts as zero (RFC 2181 §8)", () => {
  const wire = bytes("beef 8000 0000 0001 0000 0000 00 0001 0001 ffffffff 0004 7f000001");
  expect(decodeMessage(wire)).toMatchObject({ message: { answers: [{ ttl: 0 }] } });
});

describe("fuzz", () => {
  test("random bytes end as a message or as a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (wire) => {
        expect(decodeMessage(wire).kind).toMatch(/^(message|invalid)$/);
      }),
      { numRuns: 2000 },
    );
  });

  test("a damaged message ends as a message or as a reason, and what decodes encodes again", () => {
    const good = encodeMessage({
      ...empty,
      response: true,
      questions: [{ name: "home.example", type: recordTypes.ANY, class: classes.IN }],
      answers: [
        record("home.example", classes.IN, 60, parseRecordText("A", "52.3.4.5")),
        record("home.example", classes.IN, 60, parseRecordText("HTTPS", "1 . alpn=h2 port=8443")),
        record(
          "_x._tcp.home.example",
          classes.IN,
          60,
          parseRecordText("SRV", "0 0 1 home.example"),
        ),
        record("home.example", classes.IN, 60, parseRecordText("TXT", `"a" "b"`)),
      ],
    });
    const edit = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(good.length), (edits, length) => {
        const wire = good.slice(0, length);
        for (const [at, value] of edits) if (at < length) wire[at] = value;
        const decoded = decodeMessage(wire);
        const again =
          decoded.kind === "invalid" ? decoded : decodeMessage(encodeMessage(decoded.message));
        expect(again).toEqual(decoded);
      }),
      { numRuns: 5000 },
    );
  });
});
