/**
 * TeamSpeak 3's ServerQuery on loopback, which lets everybody read (TeamSpeak 3 Server Query Manual: "use",
 * "serverinfo", escaping). All questions go out in one piece; the server answers them in turn.
 */
import { type Answer, countOf, wordsOf } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";

/** Bytes; a greeting of some lines and one long line. */
export const teamspeakLimit = 32_768;

/** The first virtual server, which is the only one at most homes. */
export function encodeServerInfo(): Uint8Array {
  return new TextEncoder().encode("use sid=1\nserverinfo\nquit\n");
}

/** True when both answers have come, or when it is another program. */
export function isWholeInfo(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  if (bytes.length >= 3 && !text.startsWith("TS3")) return true;
  return [...text.matchAll(/^error id=\d/gm)].length >= 2;
}

export function decodeServerInfo(bytes: Uint8Array): Answer {
  const lines = new TextDecoder().decode(bytes).split(/[\r\n]+/);
  if (lines[0] !== "TS3") throw new Unreadable("not TeamSpeak");
  const info = lines.find((line) => /(?:^| )virtualserver_name=/.test(line));
  if (info === undefined) throw new Unreadable("no virtual server that may be read");
  const fields = new Map(
    info.split(" ", 500).map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at), unescape(field.slice(at + 1, at + 1000))] as const;
    }),
  );
  const numberOf = (field: string): number | null => {
    const text = fields.get(field) ?? "";
    return /^\d{1,7}$/.test(text) ? Number(text) : null;
  };
  // Programs that ask, like this one, are counted as clients.
  const clients = numberOf("virtualserver_clientsonline");
  const programs = numberOf("virtualserver_queryclientsonline") ?? 0;
  return {
    protocol: "teamspeak3",
    name: wordsOf(fields.get("virtualserver_name")),
    players: countOf(clients === null ? null : Math.max(0, clients - programs)),
    maxPlayers: countOf(numberOf("virtualserver_maxclients")),
    version: wordsOf(fields.get("virtualserver_version")?.replace(/ \[Build.*/, "")),
  };
}

const escapes: Readonly<Record<string, string>> = { s: " ", p: "|", n: " ", r: " ", t: " " };

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_whole, letter: string) => escapes[letter] ?? letter);
}
