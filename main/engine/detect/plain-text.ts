/** What programs say of themselves (names, arguments), made safe to show. */

/** Bytes (as latin1) to text on one line: invalid UTF-8 becomes U+FFFD, control characters become spaces. */
export function plainText(bytes: string): string {
  return oneLine(Buffer.from(bytes, "latin1").toString("utf8"));
}

/** Without control characters, line separators and bidirectional controls, which could disguise a name. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, " ").trim();
}

/** Last part of a path, with slashes of either system. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
