/**
 * Domain names on the wire (RFC 1035 §3.1, §4.1.4). As text a name has no final dot, the root is `.`; dots, backslashes
 * and bytes outside printable ASCII inside a label are escaped as in zone files (RFC 1035 §5.1).
 */
import { WireError, type Reader } from "./reader.ts";

const MAX_LABEL = 63;
/** Bytes of a whole name with its length bytes and the final zero (RFC 1035 §2.3.4). */
const MAX_NAME = 255;
/** More lead to names that cannot be: a name of 255 bytes has at most 127 labels, each behind a pointer of its own. */
const MAX_POINTERS = 126;
const POINTER = 0xc0;
/** What means something else in a zone file (RFC 1035 §5.1), as BIND escapes it. */
const SPECIAL: ReadonlySet<number> = new Set(Buffer.from('."();\\@$'));

/**
 * Reads a name at the reader's place and leaves it behind the name. Pointers lead strictly backwards, so it ends; they
 * are counted, since a message has room for a thousand names that each begin with the same eight thousand pointers.
 */
export function readName(reader: Reader): string {
  const labels: string[] = [];
  let length = 1;
  let pointers = 0;
  let from = reader;
  // A pointer may only lead before the place where the run of labels it stands in began (as BIND requires too).
  let limit = reader.offset;
  for (;;) {
    const size = from.uint8();
    if (size === 0) return labels.length === 0 ? "." : labels.join(".");
    if ((size & POINTER) === POINTER) {
      const target = ((size & 0x3f) << 8) | from.uint8();
      if (target >= limit) throw new WireError("a compression pointer does not lead back");
      pointers += 1;
      if (pointers > MAX_POINTERS) throw new WireError("too many compression pointers");
      from = reader.at(target);
      limit = target;
      continue;
    }
    if (size > MAX_LABEL) throw new WireError("a label of an unknown kind");
    length += size + 1;
    if (length > MAX_NAME) throw new WireError("a name longer than 255 bytes");
    labels.push(labelText(from.bytes(size)));
  }
}

/** A name as uncompressed bytes; throws a WireError when the text is no name. */
export function encodeName(name: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const label of splitName(name)) {
    const content = labelBytes(label);
    if (content.length === 0) throw new WireError(`“${name}” has an empty label`);
    if (content.length > MAX_LABEL) throw new WireError(`“${name}” has a label over 63 bytes`);
    bytes.push(content.length, ...content);
  }
  bytes.push(0);
  if (bytes.length > MAX_NAME) throw new WireError(`“${name}” is longer than 255 bytes`);
  return Uint8Array.from(bytes);
}

/** The labels of a name as text, first one first; none for the root. A dot behind a backslash parts nothing. */
export function splitName(name: string): string[] {
  const labels: string[] = [];
  let label = "";
  for (let index = 0; index < name.length; index += 1) {
    const character = name.charAt(index);
    if (character === "\\") {
      label += name.slice(index, index + 2);
      index += 1;
    } else if (character === ".") {
      labels.push(label);
      label = "";
    } else {
      label += character;
    }
  }
  if (label !== "") labels.push(label);
  return labels.length === 1 && labels[0] === "" ? [] : labels;
}

/** Names are equal whatever their letters' case (RFC 4343). */
export function sameName(a: string, b: string): boolean {
  return canonicalName(a) === canonicalName(b);
}

/** Lower case, without the final dot. */
export function canonicalName(name: string): string {
  const labels = splitName(name.toLowerCase());
  return labels.length === 0 ? "." : labels.join(".");
}

/** True when `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
  const labels = splitName(name.toLowerCase());
  const above = splitName(zone.toLowerCase());
  return (
    labels.length >= above.length &&
    above.every((label, index) => label === labels[labels.length - above.length + index])
  );
}

function labelText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (SPECIAL.has(byte)) text += `\\${String.fromCharCode(byte)}`;
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

function labelBytes(label: string): number[] {
  const bytes: number[] = [];
  for (let index = 0; index < label.length; index += 1) {
    if (label[index] !== "\\") {
      bytes.push(printable(label, index));
      continue;
    }
    const digits = /^\d{3}/.exec(label.slice(index + 1))?.[0];
    if (digits === undefined) {
      bytes.push(printable(label, index + 1));
      index += 1;
      continue;
    }
    if (Number(digits) > 255) throw new WireError(`“${label}” has an escape over 255`);
    bytes.push(Number(digits));
    index += 3;
  }
  return bytes;
}

function printable(label: string, index: number): number {
  const code = label.codePointAt(index);
  if (code === undefined) throw new WireError(`“${label}” ends within an escape`);
  if (code <= 0x20 || code >= 0x7f) {
    throw new WireError(`“${label}” has a character that a name cannot hold`);
  }
  return code;
}
