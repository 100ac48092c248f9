/** Reads a datagram or stream from the start; every step checks that the bytes are there. */

/** Thrown when the bytes end early or say what cannot be. */
export class Unreadable extends Error {}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(littleEndian: boolean): number {
    return this.#view.getUint16(this.#take(2), littleEndian);
  }

  u32(littleEndian: boolean): number {
    return this.#view.getUint32(this.#take(4), littleEndian);
  }

  u64(littleEndian: boolean): bigint {
    return this.#view.getBigUint64(this.#take(8), littleEndian);
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** UTF-8 of `length` bytes; what is no UTF-8 becomes U+FFFD. */
  text(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  /** UTF-8 up to a zero byte, which is taken too. */
  zeroEnded(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end === -1) throw new Unreadable("text without an end");
    const text = this.text(end - this.#at);
    this.#at += 1;
    return text;
  }

  /** LEB128 as Minecraft writes it: at most five bytes, 32 bits signed. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Unreadable("number of more than five bytes");
  }

  #take(length: number): number {
    if (!Number.isInteger(length) || length < 0 || length > this.left) {
      throw new Unreadable(`${length} bytes expected, ${this.left} there`);
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
