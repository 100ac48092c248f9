import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bindExchanges } from "../../../../test/dns/bind-exchanges.ts";
import { decodeMessage, encodeMessage, record } from "./message.ts";
import { classes, opcodes, rcodes, recordTypes } from "./numbers.ts";
import { signMessage, type TsigKey, verifyResponse } from "./tsig.ts";

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

const secret = Buffer.from("sixteen bytes of a secret key!!!");

/** A signed message taken apart by its text alone: the bytes before its TSIG, and the TSIG's fields. */
function takeApart(signed: Uint8Array<ArrayBuffer>, keyName: string) {
  const marker = Buffer.concat([
    Buffer.of(keyName.split(".")[0]?.length ?? 0),
    Buffer.from(keyName.split(".")[0] ?? ""),
  ]);
  const start = Buffer.from(signed).lastIndexOf(marker);
  const unsigned = signed.slice(0, start);
  unsigned[11] = 0;
  const decoded = decodeMessage(signed);
  const tsig = decoded.kind === "message" ? decoded.message.additional.at(-1)?.data : null;
  if (tsig?.type !== "other") throw new Error("no TSIG");
  const data = Buffer.from(tsig.bytes);
  const after = data.indexOf(0) + 1;
  const size = data.readUInt16BE(after + 8);
  return {
    unsigned,
    time: data.readUIntBE(after, 6),
    mac: Uint8Array.from(data.subarray(after + 10, after + 10 + size)),
  };
}

describe.each(bindExchanges)("as BIND has it: $algorithm", (exchange) => {
  const key: TsigKey = { name: exchange.key, algorithm: exchange.algorithm, secret };
  const request = takeApart(bytes(exchange.request), exchange.key);

  test("our signature of nsupdate's message is nsupdate's, byte for byte", () => {
    const signed = signMessage(request.unsigned, key, request.time);
    expect(Buffer.from(signed.bytes).toString("hex")).toBe(exchange.request);
    expect(signed.mac).toEqual(Buffer.from(request.mac));
  });

  test("named's response is verified", () => {
    const response = bytes(exchange.response);
    const verified = verifyResponse(response, key, request.mac, request.time);
    expect(verified).toEqual({
      kind: "verified",
      message: takeApart(response, exchange.key).unsigned,
    });
  });

  test("not with another request, key, time or secret", () => {
    const response = bytes(exchange.response);
    const { time, mac } = request;
    const verify = (changed: Partial<TsigKey>, at: number, requestMac = mac): string =>
      verifyResponse(response, { ...key, ...changed }, requestMac, at).kind;
    expect(verify({}, time + 300)).toBe("verified");
    expect(verify({}, time + 302)).toBe("out-of-time");
    expect(verify({}, time - 302)).toBe("out-of-time");
    expect(verify({ secret: Buffer.from("other") }, time)).toBe("wrong-signature");
    expect(verify({ name: "other.key" }, time)).toBe("wrong-key");
    const algorithm = key.algorithm === "hmac-sha256" ? "hmac-sha512" : "hmac-sha256";
    expect(verify({ algorithm }, time)).toBe("wrong-key");
    expect(verify({}, time, mac.toReversed())).toBe("wrong-signature");
  });

  test("whatever bit is flipped, what is verified is what was signed", () => {
    const response = bytes(exchange.response);
    const signed = takeApart(response, exchange.key).unsigned;
    fc.assert(
      fc.property(fc.nat(response.length * 8 - 1), (bit) => {
        const damaged = response.slice();
        damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        const verdict = verifyResponse(damaged, key, request.mac, request.time);
        const message = verdict.kind === "verified" ? verdict.message : signed;
        expect(message).toEqual(signed);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what servers say of our signature", () => {
  const key: TsigKey = { name: "k", algorithm: "hmac-sha256", secret };
  const now = 1_800_000_000;
  const reply = encodeMessage({
    id: 7,
    response: true,
    opcode: opcodes.UPDATE,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    rcode: rcodes.NOTAUTH,
    questions: [],
    answers: [],
    authority: [],
    additional: [],
  });
  const mac = new Uint8Array(32);

  /** A TSIG without a MAC, as for errors in §5.3.2. */
  function unsignedError(error: number): Uint8Array<ArrayBuffer> {
    const decoded = decodeMessage(reply);
    if (decoded.kind !== "message") throw new Error(decoded.reason);
    const data = Buffer.from(
      `0b${Buffer.from("hmac-sha256").toString("hex")}00${"00".repeat(6)}012c00000007${error.toString(16).padStart(4, "0")}0000`,
      "hex",
    );
    return encodeMessage({
      ...decoded.message,
      additional: [
        record("k", classes.ANY, 0, { type: "other", number: recordTypes.TSIG, bytes: data }),
      ],
    });
  }

  test("BADSIG and BADKEY", () => {
    expect(verifyResponse(unsignedError(16), key, mac, now)).toEqual({
      kind: "rejected",
      error: "BADSIG",
    });
    expect(verifyResponse(unsignedError(17), key, mac, now)).toEqual({
      kind: "rejected",
      error: "BADKEY",
    });
    // Any other error has to be signed.
    expect(verifyResponse(unsignedError(18), key, mac, now).kind).toBe("unsigned");
    expect(verifyResponse(unsignedError(0), key, mac, now).kind).toBe("unsigned");
  });

  test("no TSIG at all", () => {
    expect(verifyResponse(reply, key, mac, now).kind).toBe("unsigned");
  });

  test("a TSIG that is not the last record", () => {
    const signed = signMessage(reply, key, now, mac).bytes;
    const trailing = Buffer.concat([
      signed.subarray(0, 10),
      Buffer.of(0, 2),
      signed.subarray(12),
      Buffer.from("0000010001000000000004 7f000001".replace(" ", ""), "hex"),
    ]);
    expect(verifyResponse(trailing, key, mac, now).kind).toBe("malformed");
  });

  test("more records than any answer has", () => {
    const signed = signMessage(reply, key, now, mac).bytes;
    // Questions for the root, in front of all else.
    const flooded = (questions: number): Uint8Array => {
      const head = Buffer.from(signed.subarray(0, 12));
      head.writeUInt16BE(questions, 4);
      return Buffer.concat([head, Buffer.alloc(5 * questions), signed.subarray(12)]);
    };
    expect(verifyResponse(flooded(900), key, mac, now).kind).toBe("wrong-signature");
    expect(verifyResponse(flooded(1001), key, mac, now).kind).toBe("malformed");
  });

  test("a response to another question is not verified", () => {
    const signed = signMessage(reply, key, now, mac).bytes;
    expect(verifyResponse(signed, key, mac, now).kind).toBe("verified");
    expect(verifyResponse(signed, key, mac.with(0, 1), now).kind).toBe("wrong-signature");
    expect(verifyResponse(signMessage(reply, key, now).bytes, key, mac, now).kind).toBe(
      "wrong-signature",
    );
  });

  test("random bytes are never verified", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(verifyResponse(noise, key, mac, now).kind).not.toBe("verified");
      }),
    );
  });
});
