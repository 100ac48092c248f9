/** Big-endian building blocks of messages. */

export function uint16(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

export function uint32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    (value >>> 24) & 0xff,
    (value >>> 16) & 0xff,
    (value >>> 8) & 0xff,
    value & 0xff,
  );
}

/** 48 bits, e.g. the time of TSIG (RFC 8945 §4.2). */
export function uint48(value: number): Uint8Array<ArrayBuffer> {
  return concat([uint16(Math.floor(value / 2 ** 32)), uint32(value % 2 ** 32)]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
