/** What has to be true of anything that a parser makes of hostile bytes. */
import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";

export function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not so: ${what}`);
}

export function claimSame(first: unknown, second: unknown): void {
  claim(
    isDeepStrictEqual(first, second),
    "what was decoded is the same when encoded and decoded again",
  );
}

/** Text for the user's eyes: one line, not endless, valid Unicode. */
export function claimShowable(text: string | null, longest: number): void {
  if (text === null) return;
  claim(text.length <= longest, `text has at most ${longest} characters`);
  claim(!/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text), "text is one line without controls");
  // \p{Cs} in Unicode mode is a surrogate without its other half: no such text can be written as UTF-8.
  claim(!/\p{Cs}/u.test(text), "text has no half characters");
}

export function claimPort(port: number): void {
  claim(Number.isInteger(port) && port >= 0 && port <= 65_535, "a port is a port");
}

/** The zone behind a `%` is the name of an interface, which may be anything. */
export function claimAddress(address: string): void {
  claim(isIP(address.split("%", 1)[0] ?? "") !== 0, "an address is an address");
}

/** Calls `read`; errors of `kinds` are its documented way to refuse. */
export function orRefusal<T>(
  read: () => T,
  ...kinds: readonly (new (...values: never[]) => Error)[]
): T | null {
  try {
    return read();
  } catch (error) {
    if (kinds.some((kind) => error instanceof kind)) return null;
    throw error;
  }
}
