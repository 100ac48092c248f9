/** Minecraft: Bedrock Edition's RakNet "unconnected ping" over UDP; the answer holds a line with semicolons. */
import { type Answer, countOf, wordsOf } from "./answer.ts";
import { ByteReader, Unreadable } from "./byte-reader.ts";
import { withoutCodes } from "./minecraft-java.ts";

/** RakNet's offline message id, which no other protocol has. */
const magic = Uint8Array.from([
  0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78,
]);

/** `token` are 8 bytes that the answer repeats. */
export function encodePing(token: Uint8Array): Uint8Array {
  return Uint8Array.from([0x01, ...token, ...magic, ...token]);
}

/** Throws Unreadable when it is no answer to the ping with `token`. */
export function decodePong(bytes: Uint8Array, token: Uint8Array): Answer {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== 0x1c) throw new Unreadable("another message than the pong");
  if (!isSame(reader.bytes(8), token)) throw new Unreadable("an answer to another ping");
  // The server's own number.
  reader.bytes(8);
  if (!isSame(reader.bytes(16), magic)) throw new Unreadable("not RakNet");
  const [edition, name, , version, players, maxPlayers] = reader
    .text(reader.u16(false))
    .split(";", 12);
  if (edition !== "MCPE" && edition !== "MCEE") throw new Unreadable("another game on RakNet");
  return {
    protocol: "minecraft-bedrock",
    name: wordsOf(withoutCodes(name ?? "")),
    players: countOf(digits(players)),
    maxPlayers: countOf(digits(maxPlayers)),
    version: wordsOf(version),
  };
}

function digits(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : null;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
