/** Protocols where the server speaks first, and RTSP, which is asked for its options. */
import { type Answer, type Greeting, wordsOf } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";

/** RFC 4253 §4.2 allows 255 bytes; some mail servers greet in several lines. */
export const greetingLimit = 1024;

export function isWholeLine(bytes: Uint8Array): boolean {
  return bytes.includes(0x0a);
}

const greetings: readonly (readonly [Greeting, RegExp])[] = [
  // RFC 4253 §4.2: version of the protocol, then of the program.
  ["ssh", /^SSH-(?:2\.0|1\.99)-(\S.*)$/],
  // RFC 6143 §7.1.1
  ["vnc", /^RFB (\d{3}\.\d{3})$/],
  // RFC 5321 §4.2 and RFC 959 §5.4 share 220; only mail says so.
  ["smtp", /^220[ -](?=.*\bE?SMTP\b)(.*)$/i],
  ["ftp", /^220[ -](?=.*(?:ftp|filezilla))(.*)$/i],
];

/** Throws Unreadable when the first line is none that is known. */
export function decodeGreeting(bytes: Uint8Array): Answer {
  const line = firstLine(bytes);
  for (const [greeting, pattern] of greetings) {
    const [, words] = pattern.exec(line) ?? [];
    if (words === undefined) continue;
    return {
      protocol: "banner",
      name: null,
      players: null,
      maxPlayers: null,
      version: wordsOf(words),
      greeting,
    };
  }
  throw new Unreadable("an unknown greeting");
}

/** RFC 2326 §10.1; RFC 7826 kept its form. */
export function encodeOptions(): Uint8Array {
  return new TextEncoder().encode("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Homeport\r\n\r\n");
}

export function isWholeHead(bytes: Uint8Array): boolean {
  return /\r?\n\r?\n/.test(new TextDecoder("latin1").decode(bytes));
}

/** Throws Unreadable when it is no answer of RTSP. */
export function decodeOptions(bytes: Uint8Array): Answer {
  const text = new TextDecoder().decode(bytes.subarray(0, greetingLimit));
  if (!/^RTSP\/[12]\.0 \d{3}\b/.test(text)) throw new Unreadable("not RTSP");
  return {
    protocol: "rtsp",
    name: null,
    players: null,
    maxPlayers: null,
    version: wordsOf(/^server:[ \t]*([^\r\n]{1,200})/im.exec(text)?.[1]),
  };
}

function firstLine(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, greetingLimit));
  return text.split(/\r?\n/, 1)[0] ?? "";
}
