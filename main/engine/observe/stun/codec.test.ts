import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attribute,
  errorCode,
  mappedAddress,
  stunMessage,
  xorMappedAddress,
} from "../../../../test/fixtures/stun-messages.ts";
import { decodeBindingResponse, encodeBindingRequest } from "./codec.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

const transactionId = bytes("b7e7a701 bc34d686 fa87dfae");
const header = "2112a442 b7e7a701 bc34d686 fa87dfae";
const right = xorMappedAddress("192.0.2.1", 32_853, transactionId);
const seen = { kind: "mapped", mapped: { address: "192.0.2.1", port: 32_853 } };

const answerTo = (message: Uint8Array) => {
  const decoded = decodeBindingResponse(message);
  return decoded.kind === "response" ? decoded.answer : decoded.reason;
};
const answerOf = (...attributes: readonly Uint8Array[]) =>
  answerTo(stunMessage({ transactionId, attributes }));

test("a request is 20 bytes that say nothing of us", () => {
  expect(encodeBindingRequest(transactionId)).toEqual(bytes(`0001 0000 ${header}`));
  expect(() => encodeBindingRequest(new Uint8Array(16))).toThrow(RangeError);
});

describe("test vectors of RFC 5769", () => {
  const ipv4 = bytes(
    `0101003c ${header} 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
     00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`,
  );
  const ipv6 = bytes(
    `01010048 ${header} 8022000b 74657374 20766563 746f7220
     00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
     00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`,
  );

  test("§2.2, a response over IPv4", () => {
    expect(decodeBindingResponse(ipv4)).toEqual({ kind: "response", transactionId, answer: seen });
  });

  test("§2.3, a response over IPv6", () => {
    expect(answerTo(ipv6)).toEqual({
      kind: "mapped",
      mapped: { address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32_853 },
    });
  });

  test("§2.1, a request, is no response", () => {
    const request = bytes(
      `00010058 ${header} 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
       80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020
       00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf`,
    );
    expect(answerTo(request)).toBe("not-a-response");
  });

  test("one bit that is another never gives another address", () => {
    // A length that swallows the fingerprint hides it, and may leave the address as it is.
    const addresses = Array.from({ length: (ipv4.length - 20) * 8 }, (_, bit) => {
      const spoiled = ipv4.slice();
      spoiled[20 + (bit >> 3)] = (ipv4[20 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
      const answer = answerTo(spoiled);
      return typeof answer === "object" && answer.kind === "mapped" ? answer.mapped.address : "";
    });
    expect(new Set(addresses)).toEqual(new Set(["", "192.0.2.1"]));
  });
});

describe("what the server says", () => {
  test("is where it saw us, hidden or plain; the hidden one counts", () => {
    const plain = mappedAddress("198.51.100.9", 9);
    expect(answerOf(right)).toEqual(seen);
    expect(answerOf(plain, right)).toEqual(seen);
    expect(answerOf(plain)).toEqual({
      kind: "mapped",
      mapped: { address: "198.51.100.9", port: 9 },
    });
  });

  test("of several of a kind the first counts", () => {
    expect(answerOf(right, xorMappedAddress("6.6.6.6", 6, transactionId))).toEqual(seen);
  });

  test("behind an integrity check nothing counts", () => {
    const check = attribute(0x0008, new Uint8Array(20));
    expect(answerOf(mappedAddress("192.0.2.1", 32_853), check, right)).toEqual(seen);
    expect(answerOf(check, right)).toEqual({ kind: "unusable", reason: "no-address" });
  });

  test("IPv4 is IPv4, also in the clothes of IPv6", () => {
    expect(answerOf(xorMappedAddress("::ffff:192.0.2.1", 32_853, transactionId))).toEqual(seen);
  });

  test("a server of RFC 3489 is understood", () => {
    const source = attribute(0x0004, [0, 1, 13, 150, 52, 3, 4, 1]);
    const changed = attribute(0x0005, [0, 1, 13, 151, 52, 3, 4, 2]);
    expect(answerOf(mappedAddress("192.0.2.1", 32_853), source, changed)).toEqual(seen);
  });

  test("what may be unknown is passed over, what may not makes it useless", () => {
    expect(answerOf(attribute(0x8022, [1, 2, 3]), attribute(0xc001, []), right)).toEqual(seen);
    const useless = { kind: "unusable", reason: "unknown-attribute" };
    expect(answerOf(right, attribute(0x7fff, [1]))).toEqual(useless);
    const error = stunMessage({
      type: "error",
      transactionId,
      attributes: [errorCode(400), attribute(0x0003, [0, 0, 0, 0])],
    });
    expect(answerTo(error)).toEqual(useless);
  });

  test.each([300, 400, 420, 500, 699])("error %i", (code) => {
    const message = stunMessage({ type: "error", transactionId, attributes: [errorCode(code)] });
    expect(answerTo(message)).toEqual({ kind: "error", code });
  });

  test.each([
    ["none", []],
    ["one of three bytes", [attribute(0x0009, [0, 0, 4])]],
    ["a class that is none", [attribute(0x0009, [0, 0, 2, 0])]],
    ["a number over 99", [attribute(0x0009, [0, 0, 4, 100])]],
  ])("an error without a code: %s", (_, attributes) => {
    const message = stunMessage({ type: "error", transactionId, attributes });
    expect(answerTo(message)).toEqual({ kind: "unusable", reason: "no-code" });
  });

  test.each([
    ["nothing", []],
    ["another family", [0, 3, 0, 1, 1, 2, 3, 4]],
    ["an IPv4 address of five bytes", [0, 1, 0, 1, 1, 2, 3, 4, 5]],
    ["an IPv6 address of four bytes", [0, 2, 0, 1, 1, 2, 3, 4]],
  ])("no address: %s", (_, value) => {
    const useless = { kind: "unusable", reason: "no-address" };
    expect(answerOf(attribute(0x0020, value))).toEqual(useless);
    expect(answerOf(attribute(0x0020, value), mappedAddress("192.0.2.1", 1))).toEqual(useless);
  });
});

describe("what is no answer", () => {
  const good = stunMessage({ transactionId, attributes: [right], fingerprint: true });

  test("a message cut short anywhere", () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(decodeBindingResponse(good.subarray(0, length)).kind, `${length}`).toBe("invalid");
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["bytes behind the end", Uint8Array.of(...good, 0, 0, 0, 0), "wrong-length"],
    ["64 KB", new Uint8Array(65_507).map((_, at) => good[at] ?? 0), "too-long"],
    ["another cookie", good.map((byte, at) => (at === 4 ? 0x20 : byte)), "not-stun"],
    [
      "an indication",
      stunMessage({ type: 0x0011, transactionId, attributes: [right] }),
      "not-a-response",
    ],
    [
      "an answer to another method",
      stunMessage({ type: 0x0103, transactionId, attributes: [right] }),
      "not-a-response",
    ],
    [
      "an attribute that is longer than the message",
      stunMessage({ transactionId, attributes: [attribute(0x0020, [0, 1, 0, 1], 0xffff)] }),
      "wrong-length",
    ],
    [
      "half an attribute's header",
      stunMessage({ transactionId, attributes: [right, Uint8Array.of(0x80, 0x22)] }),
      "wrong-length",
    ],
    [
      "a fingerprint that is not the last",
      stunMessage({ transactionId, attributes: [attribute(0x8028, [0, 0, 0, 0]), right] }),
      "fingerprint",
    ],
    [
      "a fingerprint of eight bytes",
      stunMessage({ transactionId, attributes: [right, attribute(0x8028, new Uint8Array(8))] }),
      "fingerprint",
    ],
  ])("%s", (_, message, reason) => {
    expect(decodeBindingResponse(message)).toEqual({ kind: "invalid", reason });
  });
});

test("every address and port comes through, with and without a fingerprint", () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => !text.includes(".")),
  );
  fc.assert(
    fc.property(
      address,
      fc.integer({ min: 0, max: 65_535 }),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.boolean(),
      (told, port, id, fingerprint) => {
        const attributes = [xorMappedAddress(told, port, id)];
        const message = stunMessage({ transactionId: id, attributes, fingerprint });
        const decoded = decodeBindingResponse(message);
        expect(decoded).toMatchObject({ kind: "response", transactionId: id });
        const plain = answerTo(
          stunMessage({ transactionId: id, attributes: [mappedAddress(told, port)] }),
        );
        expect(answerTo(message)).toEqual(plain);
        expect(plain).toMatchObject({ kind: "mapped", mapped: { port } });
      },
    ),
  );
});
