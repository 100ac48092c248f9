/** Makes a new input out of old ones. */
import type { Dice } from "./dice.ts";

export interface Material {
  readonly dice: Dice;
  /** Words of the target's language. */
  readonly words: readonly Uint8Array[];
  /** Another input, to be crossed with. */
  readonly other: () => Uint8Array;
  /** Bytes that the result may have. */
  readonly maxLength: number;
}

type Mutator = (input: Uint8Array, material: Material) => Uint8Array;

/** Ends of the ranges that fields have, and their neighbours. */
const bytes = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 193, 254, 255];
const words16 = [
  0, 1, 4, 11, 12, 16, 127, 128, 255, 256, 512, 1100, 0x7fff, 0x8000, 0xc00c, 0xffff,
];
const words32 = [0, 1, 60, 3600, 65_535, 65_536, 0x7fffffff, 0x80000000, 0xffffffff];
const figures =
  "0 1 -1 00 07 80 255 256 500 501 714 718 725 65535 65536 2147483647 4294967296 1e9 0x10 99999999999999999999 NaN".split(
    " ",
  );

/** Everything one step can do; some stand twice because they find more. */
const mutators: readonly Mutator[] = [
  flipBit,
  flipBit,
  setByte,
  addToByte,
  setNumber,
  setNumber,
  insertBytes,
  insertWord,
  insertWord,
  overwriteWithWord,
  overwriteWithWord,
  deleteRange,
  deleteRange,
  moveRange,
  repeatRange,
  cross,
  cross,
  setFigure,
  changeCase,
];

/** One to several steps away from `input`. */
export function mutate(input: Uint8Array, material: Material): Uint8Array {
  const { dice, maxLength } = material;
  let result = input;
  for (let steps = dice.small(6); steps > 0; steps -= 1) {
    const mutator = dice.pick(mutators) ?? flipBit;
    result = mutator(result, material);
    if (result.length > maxLength) result = result.subarray(0, maxLength);
  }
  return result;
}

/** `piece` over and over within `input`, up to the length: what is slow in any way is slow now. */
export function stretch(input: Uint8Array, { dice, words, maxLength }: Material): Uint8Array {
  const own = input.length > 0 && !dice.chance(3);
  const from = dice.below(input.length + 1);
  const piece = own
    ? input.subarray(from, from + dice.small(Math.min(32, input.length - from + 1)))
    : (dice.pick(words) ?? Uint8Array.of(dice.below(256)));
  const at = dice.below(input.length + 1);
  const room = Math.max(0, maxLength - input.length);
  const result = new Uint8Array(input.length + (piece.length === 0 ? 0 : room));
  result.set(input.subarray(0, at));
  if (piece.length > 0) {
    for (let offset = 0; offset < room; offset += piece.length) {
      result.set(piece.subarray(0, room - offset), at + offset);
    }
  }
  result.set(input.subarray(at), at + (result.length - input.length));
  return result.subarray(0, maxLength);
}

function flipBit(input: Uint8Array, { dice }: Material): Uint8Array {
  return withByte(input, dice.below(input.length), (byte) => byte ^ (1 << dice.below(8)));
}

function setByte(input: Uint8Array, { dice }: Material): Uint8Array {
  const value = dice.chance(2) ? dice.below(256) : (dice.pick(bytes) ?? 0);
  return withByte(input, dice.below(input.length), () => value);
}

function addToByte(input: Uint8Array, { dice }: Material): Uint8Array {
  return withByte(input, dice.below(input.length), (byte) => byte + dice.below(33) - 16);
}

function setNumber(input: Uint8Array, { dice }: Material): Uint8Array {
  const wide = dice.chance(2);
  const size = wide ? 4 : 2;
  if (input.length < size) return input;
  const result = Uint8Array.from(input);
  const view = new DataView(result.buffer);
  const at = dice.below(input.length - size + 1);
  const littleEndian = dice.chance(4);
  if (wide) view.setUint32(at, dice.pick(words32) ?? 0, littleEndian);
  else view.setUint16(at, dice.pick(words16) ?? 0, littleEndian);
  return result;
}

function insertBytes(input: Uint8Array, { dice }: Material): Uint8Array {
  const value = dice.below(256);
  const some = Uint8Array.from({ length: dice.small(16) }, () =>
    dice.chance(2) ? value : dice.below(256),
  );
  return replaced(input, dice.below(input.length + 1), 0, some);
}

function insertWord(input: Uint8Array, { dice, words }: Material): Uint8Array {
  return replaced(input, dice.below(input.length + 1), 0, dice.pick(words) ?? new Uint8Array());
}

function overwriteWithWord(input: Uint8Array, { dice, words }: Material): Uint8Array {
  const word = dice.pick(words) ?? new Uint8Array();
  return replaced(input, dice.below(input.length + 1), word.length, word);
}

function deleteRange(input: Uint8Array, { dice }: Material): Uint8Array {
  const at = dice.below(input.length + 1);
  // The end cut off is what happens to datagrams.
  const length = dice.chance(6) ? input.length : dice.small(Math.max(1, input.length / 2));
  return replaced(input, at, Math.floor(length), new Uint8Array());
}

function moveRange(input: Uint8Array, { dice }: Material): Uint8Array {
  const from = dice.below(input.length + 1);
  const piece = input.slice(from, from + dice.small(64));
  const over = dice.chance(2) ? piece.length : 0;
  return replaced(input, dice.below(input.length + 1), over, piece);
}

function repeatRange(input: Uint8Array, { dice }: Material): Uint8Array {
  const from = dice.below(input.length + 1);
  const piece = input.subarray(from, from + dice.small(32));
  const times = dice.small(dice.chance(8) ? 200 : 8);
  const all = new Uint8Array(piece.length * times);
  for (let turn = 0; turn < times; turn += 1) all.set(piece, turn * piece.length);
  return replaced(input, from, 0, all);
}

function cross(input: Uint8Array, { dice, other }: Material): Uint8Array {
  const second = other();
  const from = dice.below(second.length + 1);
  if (dice.chance(2)) {
    return replaced(input, dice.below(input.length + 1), input.length, second.subarray(from));
  }
  const piece = second.subarray(from, from + dice.small(Math.max(1, second.length - from)));
  return replaced(input, dice.below(input.length + 1), dice.chance(2) ? piece.length : 0, piece);
}

/** Another number in place of one that is written in digits. */
function setFigure(input: Uint8Array, { dice }: Material): Uint8Array {
  const from = dice.below(input.length + 1);
  let start = from;
  while (start < input.length && !isDigit(input[start])) start += 1;
  let end = start;
  while (end < input.length && isDigit(input[end])) end += 1;
  const figure = new TextEncoder().encode(dice.pick(figures));
  return start === end ? input : replaced(input, start, end - start, figure);
}

function changeCase(input: Uint8Array, { dice }: Material): Uint8Array {
  return withByte(input, dice.below(input.length), (byte) => byte ^ 0x20);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function withByte(input: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const result = Uint8Array.from(input);
  const byte = result[at];
  if (byte !== undefined) result[at] = change(byte);
  return result;
}

function replaced(input: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array {
  const tail = input.subarray(at + length);
  const result = new Uint8Array(at + by.length + tail.length);
  result.set(input.subarray(0, at));
  result.set(by, at);
  result.set(tail, at + by.length);
  return result;
}
