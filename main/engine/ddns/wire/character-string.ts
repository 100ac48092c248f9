/** Text of zone files (RFC 1035 §5.1, RFC 9460 App. A). Strings here are bytes, one character each. */
import { WireError } from "./reader.ts";

/** Escapes quotes, backslashes and what is not printable ASCII. */
export function escapeText(bytes: string): string {
  return bytes.replaceAll(/["\\]|[^\x20-\x7e]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x20 && code < 0x7f ? `\\${character}` : `\\${String(code).padStart(3, "0")}`;
  });
}

/** Resolves `\"` and `\210`; throws a WireError on a broken escape or a character over one byte. */
export function parseText(text: string): string {
  return text.replaceAll(/\\(\d{3}|[\s\S]|$)|[^\0-\xff]/g, (whole, escaped: string | undefined) => {
    if (escaped === undefined) throw new WireError(`“${whole}” is more than one byte`);
    if (escaped === "") throw new WireError("a backslash at the end");
    if (escaped.length === 1) {
      if (escaped > "\u00ff") throw new WireError(`“${escaped}” is more than one byte`);
      return escaped;
    }
    if (Number(escaped) > 255) throw new WireError(`“${whole}” is over 255`);
    return String.fromCharCode(Number(escaped));
  });
}

/** Splits a list at its commas and resolves the list's own escapes (RFC 9460 App. A.1). */
export function splitList(text: string): string[] {
  const items: string[] = [];
  let item = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "\\") {
      index += 1;
      if (index === text.length) throw new WireError("a backslash at the end");
      item += text.charAt(index);
    } else if (character === ",") {
      items.push(item);
      item = "";
    } else {
      item += character;
    }
  }
  items.push(item);
  if (items.includes("")) throw new WireError("an empty item in a list");
  return items;
}

/** Words of a line, quoted parts kept whole and with their quotes; `;` begins a comment. Throws a WireError. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (character === "\\") {
      word += line.slice(index, index + 2);
      index += 1;
    } else if (!quoted && character === ";") {
      break;
    } else if (!quoted && /\s/.test(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (character === '"') quoted = !quoted;
      word += character;
    }
  }
  if (quoted) throw new WireError("a quote that does not end");
  if (word !== "") words.push(word);
  return words;
}
