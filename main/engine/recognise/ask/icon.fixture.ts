/** Icons for tests: what is before their pixels is whole, the pixels themselves are not. */

export function png(width: number, height: number): Buffer {
  const head = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  const measures = Buffer.alloc(8);
  measures.writeUInt32BE(width, 0);
  measures.writeUInt32BE(height, 4);
  return Buffer.concat([head, measures, Buffer.from([8, 6, 0, 0, 0]), Buffer.alloc(20)]);
}

/** A picture of an ICO, with its mask. */
export function bitmap(pixels: number): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(pixels, 4);
  header.writeInt32LE(2 * pixels, 8);
  return header;
}

export function ico(...pictures: readonly Buffer[]): Buffer {
  const head = Buffer.from([0, 0, 1, 0, pictures.length, 0]);
  let start = head.length + 16 * pictures.length;
  const entries = pictures.map((picture) => {
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(picture.length, 8);
    entry.writeUInt32LE(start, 12);
    start += picture.length;
    return entry;
  });
  return Buffer.concat([head, ...entries, ...pictures]);
}
