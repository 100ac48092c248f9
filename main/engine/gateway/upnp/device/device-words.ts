/** What a device says of itself or of an error, made safe for logs and the user's eyes. */

/** On one line, without characters that disguise others or lack their other half; at most `longest` long. */
export function deviceWords(text: string, longest: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ");
  // The cut may leave half of a character.
  return line
    .slice(0, longest)
    .replace(/\p{Cs}$/u, "")
    .trim();
}
