/** Parsers with mistakes that a fuzzer has to find. */

/** Fails for one input in 2^40 or so, behind steps that can be told apart. */
export function deep(input: Uint8Array): void {
  if ((input[0] ?? 0) - 0x50 !== 3) return;
  if ((input[1] ?? 0) * 2 !== 0x9a) return;
  if (((input[2] ?? 0) ^ (input[0] ?? 0)) !== 0x1c) return;
  if ((input[3] ?? 0) + (input[1] ?? 0) !== 0xa7) return;
  if ((input[4] ?? 0) >> 1 !== 0x2c) return;
  throw new Error("all five steps were taken");
}

/** Fails for a word that nobody guesses, but that stands in the source. */
export function word(input: Uint8Array): void {
  if (Buffer.from(input).includes("x-planted-word:")) throw new Error("the word was said");
}

/** Never ends for some inputs. */
export function endless(input: Uint8Array): void {
  for (let at = 0; at < input.length;) {
    const step = input[at] ?? 0;
    at += step === 0x80 ? 0 : 1;
  }
}

/** Takes a time that grows with the square of the length, or worse. */
export function square(input: Uint8Array): number {
  let same = 0;
  for (const one of input) for (const other of input) if (one === other) same += 1;
  return same;
}
