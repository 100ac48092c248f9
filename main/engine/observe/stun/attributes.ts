/** Values of STUN attributes (RFC 8489 §14) as bytes. Pure. */
import ipaddr from "ipaddr.js";
import type { UdpAddress } from "../../environment.ts";

export const attributeTypes = {
  MAPPED_ADDRESS: 0x0001,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  MESSAGE_INTEGRITY_SHA256: 0x001c,
  XOR_MAPPED_ADDRESS: 0x0020,
  FINGERPRINT: 0x8028,
} as const;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
  /** Where its header begins in the message. */
  readonly start: number;
}

/** By the number that stands for the family (RFC 8489 §14.1): bytes of its addresses. */
const addressLengths: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

/**
 * MAPPED-ADDRESS (RFC 8489 §14.1), or XOR-MAPPED-ADDRESS (§14.2), whose port and address are hidden from routers that
 * rewrite addresses wherever they see them. `mask`: the magic cookie and the transaction id, 16 bytes; null: nothing is
 * hidden. Null where it is no address of a family with its length.
 */
export function mappedAddressOf(value: Uint8Array, mask: Uint8Array | null): UdpAddress | null {
  const length = addressLengths[value[1] ?? 0];
  if (length === undefined || value.length !== 4 + length) return null;
  const shown = (bytes: Uint8Array): number[] =>
    [...bytes].map((byte, at) => byte ^ (mask?.[at] ?? 0));
  const [high = 0, low = 0] = shown(value.subarray(2, 4));
  const address = ipaddr.fromByteArray(shown(value.subarray(4)));
  return {
    // Some servers listen on IPv6 alone and call us ::ffff:52.3.4.5.
    address: ipaddr.process(address.toString()).toString(),
    port: high * 256 + low,
  };
}

/** ERROR-CODE (RFC 8489 §14.8): hundreds in three bits, the rest in a byte. Null where that is no code. */
export function errorCodeOf(value: Uint8Array): number | null {
  if (value.length < 4) return null;
  const hundreds = (value[2] ?? 0) & 0b111;
  const rest = value[3] ?? 0;
  return hundreds < 3 || hundreds > 6 || rest > 99 ? null : hundreds * 100 + rest;
}
