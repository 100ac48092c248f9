import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeNatPmpRequest,
  decodeNatPmpResponse,
  encodeNatPmpRequest,
  encodeNatPmpResponse,
  type NatPmpRequest,
  type NatPmpResponse,
} from "./codec.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

describe("requests", () => {
  const vectors: [string, NatPmpRequest][] = [
    ["0000", { kind: "address" }],
    [
      "0001 0000 1b58 1b59 00001c20",
      { kind: "map", transport: "udp", internalPort: 7000, suggestedPort: 7001, lifetime: 7200 },
    ],
    [
      "0002 0000 ffff 0000 00000000",
      { kind: "map", transport: "tcp", internalPort: 65_535, suggestedPort: 0, lifetime: 0 },
    ],
  ];
  test.each(vectors)("%s", (hex, request) => {
    expect(encodeNatPmpRequest(request)).toEqual(bytes(hex));
    expect(decodeNatPmpRequest(bytes(hex))).toEqual(request);
  });
});

describe("responses", () => {
  const vectors: [string, string, NatPmpResponse][] = [
    [
      "address, as miniupnpd sends it",
      "00 80 0000 000000ba 34030405",
      { kind: "address", epoch: 186, externalAddress: "52.3.4.5" },
    ],
    [
      "mapping",
      "00 82 0000 00000005 1b58 1b59 00001c20",
      {
        kind: "map",
        epoch: 5,
        transport: "tcp",
        internalPort: 7000,
        externalPort: 7001,
        lifetime: 7200,
      },
    ],
    [
      "error with all fields",
      "00 81 0004 00000005 1b58 0000 00000000",
      { kind: "error", result: 4, to: "udp", internalPort: 7000, epoch: 5 },
    ],
    [
      "error of eight bytes",
      "00 82 0002 00000005",
      { kind: "error", result: 2, to: "tcp", internalPort: null, epoch: 5 },
    ],
    [
      "error of four bytes",
      "00 80 0003",
      { kind: "error", result: 3, to: "address", internalPort: null, epoch: null },
    ],
    [
      "error to an opcode we never send",
      "00 ff 0005 00000005",
      { kind: "error", result: 5, to: "other", internalPort: null, epoch: 5 },
    ],
    [
      "bytes behind the end",
      "00 80 0000 00000001 01020304 ffff",
      { kind: "address", epoch: 1, externalAddress: "1.2.3.4" },
    ],
  ];
  test.each(vectors)("%s", (_name, hex, response) => {
    expect(decodeNatPmpResponse(bytes(hex))).toEqual({ kind: "response", response });
  });

  const invalid: [string, string, unknown][] = [
    ["nothing", "", { kind: "invalid", reason: "too-short" }],
    ["three bytes", "008000", { kind: "invalid", reason: "too-short" }],
    ["a request", "0000 0000", { kind: "invalid", reason: "wrong-direction" }],
    ["an address cut off", "00800000 00000001 010203", { kind: "invalid", reason: "too-short" }],
    ["a mapping cut off", "00810000 00000001 1b581b58", { kind: "invalid", reason: "too-short" }],
    [
      "success of an unknown opcode",
      "00830000 00000001",
      { kind: "invalid", reason: "unknown-opcode" },
    ],
    ["PCP alone", "02 80 00 01 00000000", { kind: "other-version", version: 2 }],
    ["a success of PCP", "02 81 00 00 00001c20", { kind: "invalid", reason: "other-protocol" }],
  ];
  test.each(invalid)("%s is none", (_name, hex, decoded) => {
    expect(decodeNatPmpResponse(bytes(hex))).toEqual(decoded);
  });
});

describe("properties", () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const transport = fc.constantFrom("tcp" as const, "udp" as const);

  test("what is written is read back", () => {
    const response = fc.oneof(
      fc.record({
        kind: fc.constant("address" as const),
        epoch: seconds,
        externalAddress: fc.ipV4(),
      }),
      fc.record({
        kind: fc.constant("map" as const),
        epoch: seconds,
        transport,
        internalPort: port,
        externalPort: port,
        lifetime: seconds,
      }),
      fc.record({
        kind: fc.constant("error" as const),
        result: fc.integer({ min: 1, max: 65_535 }),
        to: transport,
        internalPort: port,
        epoch: seconds,
      }),
    );
    fc.assert(
      fc.property(response, (written) => {
        expect(decodeNatPmpResponse(encodeNatPmpResponse(written))).toEqual({
          kind: "response",
          response: written,
        });
      }),
    );
  });

  test("no bytes make it throw, and nothing but a response leaves it", () => {
    const mostly = fc.tuple(
      fc.constantFrom(0, 2),
      fc.integer({ min: 120, max: 140 }),
      fc.uint8Array({ maxLength: 24 }),
    );
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      mostly.map(([version, opcode, rest]) => Uint8Array.of(version, opcode, ...rest)),
    );
    fc.assert(
      fc.property(noise, (input) => {
        const decoded = decodeNatPmpResponse(input);
        expect(["response", "invalid", "other-version"]).toContain(decoded.kind);
        decodeNatPmpRequest(input);
      }),
      { numRuns: 5000 },
    );
  });
});

test("port 0, which would delete all mappings, is never written", () => {
  for (const lifetime of [0, 7200]) {
    expect(() =>
      encodeNatPmpRequest({
        kind: "map",
        transport: "tcp",
        internalPort: 0,
        suggestedPort: 0,
        lifetime,
      }),
    ).toThrow(RangeError);
  }
});
