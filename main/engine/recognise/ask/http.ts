/** One plain GET for the page's title; RFC 9112. HTTP/1.0, so that the answer comes in one piece and ends by closing. */
import { type Answer, wordsOf } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";
import { iconLimit, iconOf, iconOfDataUri } from "./icon.ts";

/** Titles stand at the start of a page. */
export const pageLimit = 65_536;
/** An icon and what stands before it. */
export const iconAnswerLimit = iconLimit + 4096;

/** `path` as the parser of URLs gives it; it is not checked again. */
export function encodeGet(path = "/", accept = "text/html,*/*;q=0.1"): Uint8Array {
  return new TextEncoder().encode(
    `GET ${path} HTTP/1.0\r\nHost: localhost\r\nUser-Agent: Homeport\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
  );
}

/** True when nothing that follows can tell more: title and icon stand before the page's body. */
export function isEnough(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 5));
  if (bytes.length >= 5 && start !== "HTTP/") return true;
  return /<\/head\s*>|<body[\s>]/i.test(new TextDecoder("latin1").decode(bytes));
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

/** A page whose head goes on and on is not searched to its end. */
const mostLinks = 100;

/**
 * Where the page's icon is, as a path on the same server, or the icon itself as a `data:` URI; null of anything that
 * is no page, and where the page says that it is elsewhere.
 */
export function iconPathOf(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes.subarray(0, pageLimit));
  const [head = ""] = text.split(/\r?\n\r?\n/, 1);
  if (!/^HTTP\/1\.[01] 200[ \r\n]/.test(head) || !/^content-type:[ \t]*text\/html/im.test(head)) {
    return null;
  }
  const links = [...text.slice(head.length).matchAll(/<link\s([^<>]{1,2000})>/gi)];
  for (const [, attributes = ""] of links.slice(0, mostLinks)) {
    const rel = attributeOf(attributes, "rel")?.toLowerCase().split(/\s+/) ?? [];
    const href = attributeOf(attributes, "href");
    if (!rel.includes("icon") || href === undefined) continue;
    return href.startsWith("data:") ? iconOfDataUri(href) : ownPath(href);
  }
  return "/favicon.ico";
}

/** What was read of the answer to a question for an icon; null when it holds none. */
export function decodeIcon(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = start.indexOf("\r\n\r\n");
  if (end === -1 || !/^HTTP\/1\.[01] 200[ \r]/.test(start.toString("latin1", 0, 13))) return null;
  return iconOf(bytes.subarray(end + 4));
}

function attributeOf(attributes: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|'([^']*)'|([^\\s"']+))`, "i").exec(
    attributes,
  );
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

/** The path that a reference on the first page leads to; null when it leads to another server. */
function ownPath(reference: string): string | null {
  const base = "http://localhost/";
  if (!URL.canParse(reference, base)) return null;
  const { origin, pathname, search } = new URL(reference, base);
  const path = `${pathname}${search}`;
  // A parsed URL holds neither spaces nor control characters (WHATWG URL).
  return origin === new URL(base).origin && path.length <= 500 ? path : null;
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
    const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    return isCharacter ? String.fromCodePoint(point) : whole;
  });
}
