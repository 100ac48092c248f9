/**
 * A2S_INFO over UDP, as Valve documents it (developer.valvesoftware.com, "Server queries"). Since December 2020 a
 * server may first answer with a challenge, which is then sent along.
 */
import { type Answer, countOf, wordsOf } from "./answer.ts";
import { ByteReader, Unreadable } from "./byte-reader.ts";

const question = new TextEncoder().encode("Source Engine Query\0");

/** `challenge` are the four bytes that the server wants to see again; null at first. */
export function encodeInfoRequest(challenge: Uint8Array | null): Uint8Array {
  return Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x54, ...question, ...(challenge ?? [])]);
}

export type InfoReply =
  | { readonly kind: "challenge"; readonly challenge: Uint8Array }
  | { readonly kind: "answer"; readonly answer: Answer };

/** Throws Unreadable when it is neither. */
export function decodeInfoReply(bytes: Uint8Array): InfoReply {
  const reader = new ByteReader(bytes);
  if (reader.u32(true) !== 0xffffffff) throw new Unreadable("not a single packet");
  switch (reader.u8()) {
    case 0x41:
      return { kind: "challenge", challenge: reader.bytes(4).slice() };
    case 0x49:
      return { kind: "answer", answer: decodeSource(reader) };
    case 0x6d:
      return { kind: "answer", answer: decodeGoldSource(reader) };
    default:
      throw new Unreadable("another message than the information");
  }
}

function decodeSource(reader: ByteReader): Answer {
  // Version of the protocol.
  reader.u8();
  const name = reader.zeroEnded();
  // Map, folder and game.
  for (let skipped = 0; skipped < 3; skipped += 1) reader.zeroEnded();
  const shortApp = reader.u16(true);
  const [players, maxPlayers] = [reader.u8(), reader.u8()];
  // Bots, kind of server, system, password, protection against cheats.
  reader.bytes(5);
  // The Ship (2400) has three bytes more here.
  if (shortApp === 2400) reader.bytes(3);
  const version = reader.zeroEnded();
  const steamApp = fullApp(reader) ?? shortApp;
  return {
    protocol: "a2s",
    name: wordsOf(name),
    players: countOf(players),
    maxPlayers: countOf(maxPlayers),
    version: wordsOf(version),
    ...(steamApp > 0 && { steamApp }),
  };
}

/** The short number holds 16 bits only; newer games have more and tell it at the end. */
function fullApp(reader: ByteReader): number | null {
  if (reader.left === 0) return null;
  const flags = reader.u8();
  if (flags & 0x80) reader.bytes(2);
  if (flags & 0x10) reader.bytes(8);
  if (flags & 0x40) {
    reader.bytes(2);
    reader.zeroEnded();
  }
  if (flags & 0x20) reader.zeroEnded();
  return flags & 0x01 ? Number(reader.u64(true) & 0xff_ffffn) : null;
}

/** Half-Life 1 before it was moved to Source's format. */
function decodeGoldSource(reader: ByteReader): Answer {
  // The server's own view of its address.
  reader.zeroEnded();
  const name = reader.zeroEnded();
  for (let skipped = 0; skipped < 3; skipped += 1) reader.zeroEnded();
  const [players, maxPlayers] = [reader.u8(), reader.u8()];
  return {
    protocol: "a2s",
    name: wordsOf(name),
    players: countOf(players),
    maxPlayers: countOf(maxPlayers),
    version: null,
  };
}
