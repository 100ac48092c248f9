/** JSON out of an HTTP answer (RFC 9112) to a question of HTTP/1.0: in one piece, ended by its length or by closing. */
import { Unreadable } from "../byte-reader.ts";

/** True when all is there that the head promises, or when it is no HTTP. */
export function isWholeAnswer(bytes: Uint8Array): boolean {
  const { head, body } = split(bytes);
  if (head === null) return bytes.length >= 5 && textOf(bytes.subarray(0, 5)) !== "HTTP/";
  const length = /^content-length:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}

/** Throws Unreadable or a SyntaxError. */
export function decodeJson(bytes: Uint8Array): unknown {
  const { head, body } = split(bytes);
  if (head === null || !/^HTTP\/1\.[01] 200\b/.test(head)) throw new Unreadable("not HTTP, or no");
  return JSON.parse(textOf(body));
}

function split(bytes: Uint8Array): { readonly head: string | null; readonly body: Uint8Array } {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf("\r\n\r\n");
  if (end === -1) return { head: null, body: bytes };
  return { head: textOf(bytes.subarray(0, end)), body: bytes.subarray(end + 4) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
