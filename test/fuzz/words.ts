/** The literals of modules as bytes: what their comparisons ask for can hardly be guessed. */
import type { InstrumentedModule } from "./counters.ts";

const LONGEST = 64;

export function wordsOf(
  modules: readonly InstrumentedModule[],
  own: readonly string[],
): readonly Uint8Array[] {
  const texts = [...own, ...modules.flatMap(({ strings }) => strings)];
  const numbers = new Set(modules.flatMap((module) => module.numbers));
  const words = [
    ...texts.filter((text) => text !== "").map((text) => Buffer.from(text)),
    ...[...numbers].flatMap(numberWords),
  ];
  const unique = new Map(
    words
      .filter(({ length }) => length <= LONGEST)
      .map((word) => [word.toString("hex"), Uint8Array.from(word)]),
  );
  return [...unique.values()];
}

function numberWords(number: number): Buffer[] {
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) return [];
  const big = Buffer.alloc(4);
  big.writeUInt32BE(number);
  if (number <= 0xff) return [big.subarray(3), Buffer.from(String(number))];
  const wide = number > 0xffff ? big : big.subarray(2);
  return [wide, Buffer.from(wide.toReversed()), Buffer.from(String(number))];
}
