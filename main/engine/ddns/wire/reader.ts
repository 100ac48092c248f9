/** A bounded cursor over a received message. */

/** The bytes are not what they should be. The message holds no secrets, so it may be shown. */
export class WireError extends Error {}

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#end - this.#offset;
  }

  /** Another cursor over the same message. */
  at(offset: number): Reader {
    return new Reader(this.#bytes, offset, this.#bytes.length);
  }

  /** The next `length` bytes as a cursor of their own, which still sees the message for compressed names. */
  slice(length: number): Reader {
    const start = this.#take(length);
    return new Reader(this.#bytes, start, start + length);
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A copy. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#take(length);
    return Uint8Array.from(this.#bytes.subarray(start, start + length));
  }

  /** What is left, as a copy. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.left);
  }

  #take(length: number): number {
    const start = this.#offset;
    if (start < 0 || start + length > this.#end) throw new WireError("cut off");
    this.#offset = start + length;
    return start;
  }
}
