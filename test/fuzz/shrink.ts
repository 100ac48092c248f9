/** Makes an input that fails smaller, as long as it fails. */

const MOST_TRIES = 2000;

export async function shrink(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input.slice();
  let tries = 0;
  for (let piece = Math.ceil(best.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < best.length && tries < MOST_TRIES; tries += 1) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + piece)]);
      if (await fails(shorter)) best = Uint8Array.from(shorter);
      else at += piece;
    }
  }
  return best;
}
