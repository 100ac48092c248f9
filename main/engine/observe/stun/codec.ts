/**
 * STUN Binding (RFC 8489) as a client without credentials needs it. Pure; what comes in is hostile until it has passed
 * here.
 */
import type { UdpAddress } from "../../environment.ts";
import { type Attribute, attributeTypes, errorCodeOf, mappedAddressOf } from "./attributes.ts";
import { hasTrueFingerprint } from "./fingerprint.ts";

/** Bytes (RFC 8489 §5). */
export const TRANSACTION_ID_LENGTH = 12;

const HEADER_LENGTH = 20;
/** Bytes: servers keep below the path's MTU (RFC 8489 §6.1), so a longer answer is none. */
const MAX_LENGTH = 1500;
const MAGIC_COOKIE = 0x2112_a442;

const messageTypes = { request: 0x0001, success: 0x0101, error: 0x0111 } as const;

/** Types below this one have to be understood, or the answer is of no use (RFC 8489 §14). */
const FIRST_OPTIONAL = 0x8000;
/**
 * Those that have to be understood and say nothing that we need: USERNAME, UNKNOWN-ATTRIBUTES, REALM, NONCE,
 * PASSWORD-ALGORITHM, USERHASH, and the three that servers of RFC 3489 send beside MAPPED-ADDRESS (SOURCE-ADDRESS,
 * CHANGED-ADDRESS, REFLECTED-FROM).
 */
const unneeded: ReadonlySet<number> = new Set([
  0x0006, 0x000a, 0x0014, 0x0015, 0x001d, 0x001e, 0x0004, 0x0005, 0x000b,
]);

/** What the server says. ALTERNATE-SERVER is not read: nobody but the server that the user chose is asked. */
export type BindingAnswer =
  /** Where the server saw the request come from. */
  | { readonly kind: "mapped"; readonly mapped: UdpAddress }
  /** RFC 8489 §14.8: 300 to 699. */
  | { readonly kind: "error"; readonly code: number }
  /** It ends the transaction all the same (RFC 8489 §6.3.3 and §6.3.4). */
  | { readonly kind: "unusable"; readonly reason: "unknown-attribute" | "no-address" | "no-code" };

export type DecodedBinding =
  | {
      readonly kind: "response";
      readonly transactionId: Uint8Array;
      readonly answer: BindingAnswer;
    }
  | {
      /** No answer to a Binding request, so the right one may still come. */
      readonly kind: "invalid";
      readonly reason:
        | "too-short"
        | "too-long"
        | "not-stun"
        | "not-a-response"
        | "wrong-length"
        | "fingerprint";
    };

/**
 * A Binding request without attributes: 20 bytes that tell nothing of us. Throws a RangeError for a transaction id of
 * another length.
 */
export function encodeBindingRequest(transactionId: Uint8Array): Uint8Array<ArrayBuffer> {
  if (transactionId.length !== TRANSACTION_ID_LENGTH) {
    throw new RangeError(`transaction id of ${transactionId.length} bytes`);
  }
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = viewOf(bytes);
  view.setUint16(0, messageTypes.request);
  view.setUint32(4, MAGIC_COOKIE);
  bytes.set(transactionId, 8);
  return bytes;
}

/** Reads what came from the server's address: RFC 8489 §5 and §6.3. Which transaction it answers is the caller's to see. */
export function decodeBindingResponse(bytes: Uint8Array): DecodedBinding {
  if (bytes.length < HEADER_LENGTH) return { kind: "invalid", reason: "too-short" };
  if (bytes.length > MAX_LENGTH) return { kind: "invalid", reason: "too-long" };
  const view = viewOf(bytes);
  if (view.getUint32(4) !== MAGIC_COOKIE) return { kind: "invalid", reason: "not-stun" };
  const type = view.getUint16(0);
  if (type !== messageTypes.success && type !== messageTypes.error) {
    return { kind: "invalid", reason: "not-a-response" };
  }
  if (view.getUint16(2) !== bytes.length - HEADER_LENGTH) {
    return { kind: "invalid", reason: "wrong-length" };
  }
  const attributes = attributesOf(bytes);
  if (attributes === null) return { kind: "invalid", reason: "wrong-length" };
  if (!hasTrueFingerprint(bytes, attributes)) return { kind: "invalid", reason: "fingerprint" };
  const counted = countedOf(attributes);
  return {
    kind: "response",
    transactionId: bytes.slice(8, HEADER_LENGTH),
    answer: type === messageTypes.success ? successOf(counted, bytes) : errorOf(counted),
  };
}

/** Null where a length leads beyond the end; every attribute ends on a multiple of four bytes (RFC 8489 §14). */
function attributesOf(bytes: Uint8Array): readonly Attribute[] | null {
  const view = viewOf(bytes);
  const attributes: Attribute[] = [];
  for (let start = HEADER_LENGTH; start < bytes.length;) {
    if (start + 4 > bytes.length) return null;
    const length = view.getUint16(start + 2);
    const end = start + 4 + length;
    const next = start + 4 + Math.ceil(length / 4) * 4;
    if (next > bytes.length) return null;
    attributes.push({ type: view.getUint16(start), value: bytes.subarray(start + 4, end), start });
    start = next;
  }
  return attributes;
}

/**
 * Of several of a type the first counts (RFC 8489 §14), and what stands behind an integrity check does not (§14.5):
 * anybody could have put it there.
 */
function countedOf(attributes: readonly Attribute[]): ReadonlyMap<number, Attribute> {
  const counted = new Map<number, Attribute>();
  for (const attribute of attributes) {
    if (!counted.has(attribute.type)) counted.set(attribute.type, attribute);
    if (attribute.type === attributeTypes.MESSAGE_INTEGRITY) break;
    if (attribute.type === attributeTypes.MESSAGE_INTEGRITY_SHA256) break;
  }
  return counted;
}

function successOf(attributes: ReadonlyMap<number, Attribute>, bytes: Uint8Array): BindingAnswer {
  if (hasUnknown(attributes)) return { kind: "unusable", reason: "unknown-attribute" };
  const masked = attributes.get(attributeTypes.XOR_MAPPED_ADDRESS);
  // The mask is the cookie and the transaction id, as they stand in the header (RFC 8489 §14.2).
  if (masked !== undefined) return mappedOf(masked, bytes.subarray(4, HEADER_LENGTH));
  const plain = attributes.get(attributeTypes.MAPPED_ADDRESS);
  return plain === undefined ? { kind: "unusable", reason: "no-address" } : mappedOf(plain, null);
}

function mappedOf({ value }: Attribute, mask: Uint8Array | null): BindingAnswer {
  const mapped = mappedAddressOf(value, mask);
  return mapped === null ? { kind: "unusable", reason: "no-address" } : { kind: "mapped", mapped };
}

function errorOf(attributes: ReadonlyMap<number, Attribute>): BindingAnswer {
  if (hasUnknown(attributes)) return { kind: "unusable", reason: "unknown-attribute" };
  const attribute = attributes.get(attributeTypes.ERROR_CODE);
  const code = attribute === undefined ? null : errorCodeOf(attribute.value);
  return code === null ? { kind: "unusable", reason: "no-code" } : { kind: "error", code };
}

function hasUnknown(attributes: ReadonlyMap<number, Attribute>): boolean {
  const known: readonly number[] = Object.values(attributeTypes);
  return [...attributes.keys()].some(
    (type) => type < FIRST_OPTIONAL && !known.includes(type) && !unneeded.has(type),
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
