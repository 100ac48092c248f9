/** Process ids in what systems print. */

/** Null when `digits` are not all digits, or more than any system counts to (Windows: 32 bits). */
export function readPid(digits: string): number | null {
  return /^\d{1,10}$/.test(digits) ? Number(digits) : null;
}
