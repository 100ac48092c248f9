import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeRequest,
  decodeResponse,
  encodeErrorResponse,
  encodeRequest,
  encodeResponse,
} from "./codec.ts";
import type { Body, Request, Response } from "./messages.ts";
import { decodeOptions, encodeOption, type Option } from "./options.ts";
import { resultCodes } from "./result-codes.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });
const port = fc.nat(65_535);
const seconds = fc.nat(0xff_ff_ff_ff);
const address = fc.oneof(
  fc.ipV4(),
  fc.constantFrom("::", "2001:db8::1", "fe80::1234:5678", "ff02::1", "0.0.0.0"),
);
const mapping = {
  nonce,
  protocol: fc.nat(255),
  internalPort: port,
  externalPort: port,
  externalAddress: address,
};
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ opcode: fc.constant("announce" as const) }),
  fc.record({ opcode: fc.constant("map" as const), ...mapping }),
  fc.record({
    opcode: fc.constant("peer" as const),
    ...mapping,
    remotePort: port,
    remoteAddress: address,
  }),
);
const option: fc.Arbitrary<Option> = fc.oneof(
  fc.record({ name: fc.constant("third-party" as const), address }),
  fc.record({ name: fc.constant("prefer-failure" as const) }),
  fc.record({
    name: fc.constant("filter" as const),
    prefixLength: fc.nat(128),
    remotePort: port,
    remoteAddress: address,
  }),
  fc.record({
    name: fc.constant("port-set" as const),
    size: fc.integer({ min: 1, max: 65_535 }),
    firstInternalPort: port,
    parity: fc.boolean(),
  }),
  fc.record({
    name: fc.constant("unknown" as const),
    code: fc.integer({ min: 4, max: 255 }).filter((code) => code !== 130),
    data: fc.uint8Array({ maxLength: 40 }),
  }),
);
const options = fc.array(option, { maxLength: 8 });

describe("vectors", () => {
  // Laid out as the 60-byte MAP answer that Tailscale's pcp_test.go holds: 7200 s, epoch 170989.
  const map = hex(`
    02810000 00001c20 00029bed 000000000000000000000000
    00112233445566778899aabb 11000000 04d2 04d2 00000000000000000000ffff87b4aff6`);

  test("a MAP answer with every field", () => {
    expect(decodeResponse(map)).toEqual({
      kind: "response",
      response: {
        result: resultCodes.SUCCESS,
        lifetime: 7200,
        epoch: 170_989,
        body: {
          opcode: "map",
          nonce: hex("00112233445566778899aabb"),
          protocol: 17,
          internalPort: 1234,
          externalPort: 1234,
          externalAddress: "135.180.175.246",
        },
        options: [],
      },
    });
  });

  test.each([
    ["0081000100000000", 1, 1],
    ["008100010000000000000000", 1, 1],
    ["0080000100000000", 0, 1],
    ["0081004200000000", 1, 0x42],
  ])("a NAT-PMP router's answer to version 2: %s", (text, opcode, result) => {
    expect(decodeResponse(hex(text))).toEqual({
      kind: "other-version",
      version: 0,
      opcode,
      result,
    });
  });

  test("miniupnpd's multicast ANNOUNCE", () => {
    const announce = hex("02800000 00000000 00000000 000000000000000000000000");
    expect(decodeResponse(announce)).toMatchObject({
      kind: "response",
      response: { body: { opcode: "announce" }, epoch: 0, result: 0 },
    });
  });

  test("an unknown result code is kept", () => {
    const bytes = map.slice();
    bytes[3] = 0x42;
    expect(decodeResponse(bytes)).toMatchObject({ response: { result: 0x42, lifetime: 7200 } });
  });

  test("the bytes of a MAP request", () => {
    const bytes = encodeRequest({
      lifetime: 7200,
      clientAddress: "192.0.2.10",
      body: {
        opcode: "map",
        nonce: hex("00112233445566778899aabb"),
        protocol: 6,
        internalPort: 8080,
        externalPort: 80,
        externalAddress: "0.0.0.0",
      },
      options: [{ name: "prefer-failure" }, { name: "unknown", code: 128, data: hex("aabbcc") }],
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      Buffer.from(
        hex(`02010000 00001c20 00000000000000000000ffffc000020a
             00112233445566778899aabb 06000000 1f90 0050 00000000000000000000ffff00000000
             02000000 80000003 aabbcc00`),
      ).toString("hex"),
    );
  });
});

describe("malformed", () => {
  const request = encodeRequest({
    lifetime: 60,
    clientAddress: "192.0.2.10",
    body: {
      opcode: "peer",
      nonce: new Uint8Array(12),
      protocol: 6,
      internalPort: 1,
      externalPort: 1,
      externalAddress: "::",
      remotePort: 1,
      remoteAddress: "::",
    },
    options: [{ name: "third-party", address: "192.0.2.11" }],
  });

  test("requests too short to answer, and responses, are invalid", () => {
    expect(decodeRequest(hex("02"))).toEqual({ kind: "invalid", reason: "too-short" });
    expect(decodeRequest(request.slice(0, 23))).toEqual({ kind: "invalid", reason: "too-short" });
    expect(decodeRequest(hex("0281"))).toEqual({ kind: "invalid", reason: "wrong-direction" });
    expect(decodeResponse(request)).toEqual({ kind: "invalid", reason: "wrong-direction" });
  });

  test("requests of wrong length are refused as the server must", () => {
    const refused = { kind: "refused", result: resultCodes.MALFORMED_REQUEST };
    expect(decodeRequest(request.slice(0, 24))).toEqual(refused);
    expect(decodeRequest(request.slice(0, 81))).toEqual(refused);
    expect(decodeRequest(Uint8Array.from([...request, ...new Uint8Array(1024)]))).toEqual(refused);
  });

  test.each([
    ["cut off", "01000010 00000000"],
    ["THIRD_PARTY of four bytes", "01000004 00000000"],
    ["PREFER_FAILURE with data", "02000004 00000000"],
    ["FILTER with prefix 129", "03000014 00810000 00000000 00000000 00000000 00000000"],
    ["PORT_SET of no ports", "82000005 00001f90 00000000"],
    ["PORT_SET of four bytes", "82000004 00041f90"],
    ["length past the end", "ff00ffff"],
  ])("an option %s is MALFORMED_OPTION", (_name, option) => {
    const bytes = Uint8Array.from([...request.slice(0, 80), ...hex(option)]);
    expect(decodeRequest(bytes)).toEqual({ kind: "refused", result: resultCodes.MALFORMED_OPTION });
  });

  test("PORT_SET: five bytes, the parity bit last, padded to eight (RFC 7753 §4)", () => {
    const set: Option = { name: "port-set", size: 4, firstInternalPort: 8080, parity: true };
    const bytes = hex("82000005 00041f90 01000000");
    expect(encodeOption(set)).toEqual(bytes);
    expect(decodeOptions(bytes)).toEqual({ options: [set], malformed: null });
    // The other bits are reserved.
    expect(decodeOptions(hex("82000005 00041f90 fe000000"))).toEqual({
      options: [{ ...set, parity: false }],
      malformed: null,
    });
  });

  test("responses: too long, odd, cut off", () => {
    const good = encodeErrorResponse(request, { result: 0, lifetime: 0, epoch: 1 });
    expect(decodeResponse(good.slice(0, 79))).toEqual({ kind: "invalid", reason: "odd-length" });
    expect(decodeResponse(good.slice(0, 76))).toEqual({ kind: "invalid", reason: "too-short" });
    expect(decodeResponse(new Uint8Array(1104).fill(0x82))).toEqual({
      kind: "invalid",
      reason: "too-long",
    });
  });

  test("an error response keeps the request, padded, and may be cut off", () => {
    const error = encodeErrorResponse(request.slice(0, 45), {
      result: 3,
      lifetime: 1800,
      epoch: 9,
    });
    expect(error).toHaveLength(48);
    expect(decodeResponse(error)).toMatchObject({
      kind: "response",
      response: { result: 3, lifetime: 1800, epoch: 9, body: { opcode: "opaque", code: 2 } },
    });
    expect(
      encodeErrorResponse(new Uint8Array(3000), { result: 3, lifetime: 0, epoch: 0 }),
    ).toHaveLength(1100);
  });
});

describe("properties", () => {
  test("a request comes back as it went", () => {
    fc.assert(
      fc.property(
        fc.record({ body, lifetime: seconds, clientAddress: address, options }),
        (request: Request) => {
          const bytes = encodeRequest(request);
          expect(bytes.length % 4).toBe(0);
          expect(decodeRequest(bytes)).toEqual({ kind: "request", request });
        },
      ),
    );
  });

  test("a response comes back as it went", () => {
    fc.assert(
      fc.property(
        fc.record({ body, result: fc.nat(255), lifetime: seconds, epoch: seconds, options }),
        (response: Response) => {
          expect(decodeResponse(encodeResponse(response))).toEqual({ kind: "response", response });
        },
      ),
    );
  });

  test("no bytes make it throw", () => {
    const header = fc.constantFrom(
      [2, 0],
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 128],
      [2, 129],
      [2, 130],
      [0, 129],
      [1, 129],
    );
    const bytes = fc
      .tuple(fc.oneof(header, fc.constant([])), fc.uint8Array({ maxLength: 1200 }))
      .map(([head, tail]) => Uint8Array.from([...head, ...tail]));
    fc.assert(
      fc.property(bytes, (datagram) => {
        decodeRequest(datagram);
        decodeResponse(datagram);
        expect(
          decodeResponse(encodeErrorResponse(datagram, { result: 3, lifetime: 0, epoch: 0 })).kind,
        ).toBe("response");
      }),
      { numRuns: 3000 },
    );
  });
});
