/** FINGERPRINT (RFC 8489 §14.7): tells STUN from what only looks so. No protection against anybody who forges. */
import { crc32 } from "node:zlib";
import { type Attribute, attributeTypes } from "./attributes.ts";

/** "STUN" in ASCII. */
const MASK = 0x5354_554e;

/** False where there is one that is wrong or not the last attribute; true also where there is none. */
export function hasTrueFingerprint(bytes: Uint8Array, attributes: readonly Attribute[]): boolean {
  const at = attributes.findIndex(({ type }) => type === attributeTypes.FINGERPRINT);
  const found = attributes[at];
  if (found === undefined) return true;
  if (at !== attributes.length - 1 || found.value.length !== 4) return false;
  const told = new DataView(found.value.buffer, found.value.byteOffset).getUint32(0);
  return told === fingerprintOf(bytes.subarray(0, found.start));
}

/** `before`: the message up to the attribute; the length in its header counts the attribute already. */
export function fingerprintOf(before: Uint8Array): number {
  return (crc32(before) ^ MASK) >>> 0;
}
