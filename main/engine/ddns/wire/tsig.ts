/**
 * Transaction signatures (RFC 8945) over whole messages as bytes: sign a request, verify the response to it.
 * Only the last record of the additional section can be a TSIG; a message with one elsewhere is malformed (§5.1).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { concat, uint16, uint32, uint48 } from "./bytes.ts";
import { canonicalName, encodeName, readName, sameName } from "./name.ts";
import { classes, rcodes, recordTypes } from "./numbers.ts";
import { Reader, WireError } from "./reader.ts";
import { encodeRecord, HEADER_LENGTH, MAX_RECORDS, readRecord } from "./message.ts";

/** Names on the wire (§6) and in node:crypto. SHA-1 only talks to old servers; MD5 is not offered. */
const digests = {
  "hmac-sha256": { hash: "sha256", size: 32 },
  "hmac-sha384": { hash: "sha384", size: 48 },
  "hmac-sha512": { hash: "sha512", size: 64 },
  "hmac-sha224": { hash: "sha224", size: 28 },
  "hmac-sha1": { hash: "sha1", size: 20 },
} as const;

export type TsigAlgorithm = keyof typeof digests;
export const tsigAlgorithms = Object.keys(digests) as readonly TsigAlgorithm[];

export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** Seconds by which the clocks may differ (§10 recommends 300). */
const FUDGE = 300;

export interface SignedMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Needed to verify the response (§5.3.1). */
  readonly mac: Uint8Array;
}

export type Verification =
  | { readonly kind: "verified"; readonly message: Uint8Array<ArrayBuffer> }
  /** The server said that it could not accept our signature; unsigned by nature for BADSIG and BADKEY (§5.3.2). */
  | { readonly kind: "rejected"; readonly error: "BADSIG" | "BADKEY" }
  /** Signed: the server's clock, in seconds since the epoch, when it could be read (§5.2.3). */
  | { readonly kind: "bad-time"; readonly serverTime: number | null }
  | {
      readonly kind: "unsigned" | "wrong-key" | "wrong-signature" | "out-of-time" | "malformed";
    };

interface Tsig {
  readonly name: string;
  readonly algorithm: string;
  readonly time: number;
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** Appends a TSIG to an unsigned message; `time` is in seconds since the epoch. */
export function signMessage(
  message: Uint8Array,
  key: TsigKey,
  time: number,
  requestMac: Uint8Array | null = null,
): SignedMessage {
  const id = new Reader(message).uint16();
  const unsigned: Tsig = {
    name: key.name,
    algorithm: key.algorithm,
    time,
    fudge: FUDGE,
    mac: new Uint8Array(0),
    originalId: id,
    error: 0,
    other: new Uint8Array(0),
  };
  const mac = digest(message, unsigned, key, requestMac);
  const bytes = concat([
    withAdditional(message, 1),
    ...encodeRecord({
      name: canonicalName(key.name),
      class: classes.ANY,
      ttl: 0,
      type: recordTypes.TSIG,
      data: {
        type: "other",
        number: recordTypes.TSIG,
        bytes: encodeTsig({ ...unsigned, mac }),
      },
    }),
  ]);
  return { bytes, mac };
}

/**
 * Judges the response to a request whose MAC was `requestMac`. What comes back as verified is the message without its
 * TSIG. `now` is in seconds since the epoch.
 */
export function verifyResponse(
  response: Uint8Array,
  key: TsigKey,
  requestMac: Uint8Array,
  now: number,
): Verification {
  let split: { readonly message: Uint8Array<ArrayBuffer>; readonly tsig: Tsig } | null;
  try {
    split = splitTsig(response);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { kind: "malformed" };
  }
  if (split === null) return { kind: "unsigned" };
  const { message, tsig } = split;
  if (!sameName(tsig.name, key.name) || !sameName(tsig.algorithm, key.algorithm)) {
    return { kind: "wrong-key" };
  }
  // A server that rejects our signature cannot sign its answer with a key we share (§5.3.2).
  if (tsig.mac.length === 0) {
    if (tsig.error === rcodes.BADSIG) return { kind: "rejected", error: "BADSIG" };
    if (tsig.error === rcodes.BADKEY) return { kind: "rejected", error: "BADKEY" };
    return { kind: "unsigned" };
  }
  const expected = digest(message, tsig, key, requestMac);
  // Truncated MACs are allowed by §5.2.2.1, but no server we ask has reason to send one.
  if (tsig.mac.length !== expected.length || !timingSafeEqual(tsig.mac, expected)) {
    return { kind: "wrong-signature" };
  }
  if (tsig.error === rcodes.BADTIME) {
    const serverTime = tsig.other.length === 6 ? uint48Of(new Reader(tsig.other)) : null;
    return { kind: "bad-time", serverTime };
  }
  if (Math.abs(now - tsig.time) > tsig.fudge) return { kind: "out-of-time" };
  return { kind: "verified", message };
}

/** The message as it was before it was signed, and its TSIG; null when it has none. Throws a WireError. */
function splitTsig(
  bytes: Uint8Array,
): { readonly message: Uint8Array<ArrayBuffer>; readonly tsig: Tsig } | null {
  const reader = new Reader(bytes);
  const [, , questions = 0, answers = 0, authority = 0, additional = 0] = [0, 1, 2, 3, 4, 5].map(
    () => reader.uint16(),
  );
  if (additional === 0) return null;
  if (questions + answers + authority + additional > MAX_RECORDS) {
    throw new WireError("too many records");
  }
  for (let index = 0; index < questions; index += 1) {
    readName(reader);
    reader.uint32();
  }
  for (let index = 0; index < answers + authority + additional - 1; index += 1) {
    if (readRecord(reader).type === recordTypes.TSIG) throw new WireError("a TSIG too early");
  }
  const start = reader.offset;
  const last = readRecord(reader);
  if (reader.left > 0) throw new WireError("bytes behind the message");
  if (last.type !== recordTypes.TSIG) return null;
  if (last.class !== classes.ANY || last.data?.type !== "other") throw new WireError("a bad TSIG");
  const tsig = decodeTsig(last.name, new Reader(last.data.bytes));
  const message = withAdditional(bytes.slice(0, start), -1);
  message.set(uint16(tsig.originalId), 0);
  return { message, tsig };
}

/** The MAC of §4.3: request MAC with its length, message, then the TSIG variables in canonical form. */
function digest(
  message: Uint8Array,
  tsig: Tsig,
  key: TsigKey,
  requestMac: Uint8Array | null,
): Uint8Array {
  const hmac = createHmac(digests[key.algorithm].hash, key.secret);
  if (requestMac !== null) hmac.update(uint16(requestMac.length)).update(requestMac);
  hmac.update(message);
  hmac.update(
    concat([
      encodeName(canonicalName(tsig.name)),
      uint16(classes.ANY),
      uint32(0),
      encodeName(canonicalName(tsig.algorithm)),
      uint48(tsig.time),
      uint16(tsig.fudge),
      uint16(tsig.error),
      uint16(tsig.other.length),
      tsig.other,
    ]),
  );
  return hmac.digest();
}

function encodeTsig(tsig: Tsig): Uint8Array<ArrayBuffer> {
  return concat([
    encodeName(canonicalName(tsig.algorithm)),
    uint48(tsig.time),
    uint16(tsig.fudge),
    uint16(tsig.mac.length),
    tsig.mac,
    uint16(tsig.originalId),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ]);
}

function decodeTsig(name: string, reader: Reader): Tsig {
  const tsig: Tsig = {
    name,
    algorithm: readName(reader),
    time: uint48Of(reader),
    fudge: reader.uint16(),
    mac: reader.bytes(reader.uint16()),
    originalId: reader.uint16(),
    error: reader.uint16(),
    other: reader.bytes(reader.uint16()),
  };
  if (reader.left > 0) throw new WireError("bytes behind the TSIG");
  return tsig;
}

function uint48Of(reader: Reader): number {
  return reader.uint16() * 2 ** 32 + reader.uint32();
}

/** A copy with `change` added to the count of additional records. */
function withAdditional(message: Uint8Array, change: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(message);
  const count = new Reader(copy, HEADER_LENGTH - 2).uint16();
  copy.set(uint16(count + change), HEADER_LENGTH - 2);
  return copy;
}
