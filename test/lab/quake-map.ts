/** The smallest map that the engine of Quake III loads: one empty place. Format: IBSP 46, as in qfiles.h of ioquake3. */

const VERSION = 46;

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeInt32LE(value, 4 * at);
  return bytes;
}

const none = Buffer.alloc(0);
const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);

/** In the order of the header. */
const lumps: readonly Buffer[] = [
  Buffer.from('{ "classname" "worldspawn" }\n\0'),
  // One shader: its name, and two words of flags.
  Buffer.alloc(72),
  // One plane: a normal of (1, 0, 0), and its distance.
  words(0x3f80_0000, 0, 0, 0),
  // One node: its plane, both sides the first leaf (-1), and its bounds.
  words(0, -1, -1, ...zeros(6)),
  // One leaf: cluster, area, bounds, no surfaces and no brushes.
  words(...zeros(12)),
  none,
  none,
  // One model, the world: its bounds, no surfaces and no brushes.
  words(...zeros(10)),
  ...Array.from({ length: 9 }, () => none),
];

export function quakeMap(): Buffer {
  const header = 8 + 8 * lumps.length;
  const directory = lumps.map((lump, at) => {
    const before = lumps.slice(0, at).reduce((sum, { length }) => sum + length, 0);
    return words(header + before, lump.length);
  });
  return Buffer.concat([Buffer.from("IBSP"), words(VERSION), ...directory, ...lumps]);
}
