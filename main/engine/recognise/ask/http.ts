/** One plain GET for the page's title; RFC 9112. HTTP/1.0, so that the answer comes in one piece and ends by closing. */
import { type Answer, wordsOf } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";

/** Titles stand at the start of a page. */
export const pageLimit = 65_536;

export function encodeGet(): Uint8Array {
  return new TextEncoder().encode(
    "GET / HTTP/1.0\r\nHost: localhost\r\nUser-Agent: Homeport\r\nAccept: text/html,*/*;q=0.1\r\nConnection: close\r\n\r\n",
  );
}

/** True when nothing that follows can tell more. */
export function isEnough(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 5));
  if (bytes.length >= 5 && start !== "HTTP/") return true;
  return /<\/title\s*>/i.test(new TextDecoder("latin1").decode(bytes));
}

/** What was read, whole or not. Throws Unreadable when it is no HTTP. */
export function decodePage(bytes: Uint8Array): Answer {
  const text = new TextDecoder().decode(bytes.subarray(0, pageLimit));
  const head = /^HTTP\/1\.[01] ([1-5]\d\d)[^\r\n]{0,200}\r?\n/.exec(text);
  if (head === null) throw new Unreadable("not HTTP");
  const end = /\r?\n\r?\n/.exec(text);
  const headers = text.slice(head[0].length, end?.index ?? text.length);
  const body = end ? text.slice(end.index) : "";
  // The title of an error says nothing of the server.
  const title =
    Number(head[1]) >= 300 ? undefined : /<title[^>]{0,200}>([^<]{0,1000})/i.exec(body)?.[1];
  const server = /^server:[ \t]*([^\r\n]{1,200})/im.exec(headers)?.[1];
  return {
    protocol: "http",
    name: wordsOf(title === undefined ? null : withoutEntities(title)),
    players: null,
    maxPlayers: null,
    version: wordsOf(server),
  };
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

function withoutEntities(text: string): string {
  return text.replaceAll(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,5});/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return entities[name.toLowerCase()] ?? whole;
    const code = name[1]?.toLowerCase() === "x" ? `0${name.slice(1)}` : name.slice(1);
    const point = Number(code);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
