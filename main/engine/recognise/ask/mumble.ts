/** Mumble's UDP ping of before version 1.5, which newer servers answer as well: 12 bytes, answered by 24. */
import { type Answer, countOf } from "./answer.ts";
import { ByteReader, Unreadable } from "./byte-reader.ts";

/** `token` are 8 bytes that the answer repeats. */
export function encodePing(token: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, ...token]);
}

/** Throws Unreadable when it is no answer to the ping with `token`. */
export function decodePong(bytes: Uint8Array, token: Uint8Array): Answer {
  if (bytes.length !== 24) throw new Unreadable(`${bytes.length} bytes instead of 24`);
  const reader = new ByteReader(bytes);
  const [, major, minor, patch] = reader.bytes(4);
  if (!token.every((byte, at) => byte === bytes[at + 4])) {
    throw new Unreadable("an answer to another ping");
  }
  reader.bytes(8);
  return {
    protocol: "mumble",
    name: null,
    players: countOf(reader.u32(false)),
    maxPlayers: countOf(reader.u32(false)),
    version: `${major}.${minor}.${patch}`,
  };
}
