/**
 * Minecraft: Java Edition's server list ping over TCP, as wiki.vg documents it (Java Edition protocol, "Server List
 * Ping"): a handshake that asks for status, then the status request; the answer is JSON.
 */
import { z } from "zod";
import { type Answer, countOf, wordsOf } from "./answer.ts";
import { ByteReader, Unreadable } from "./byte-reader.ts";
import { iconOfDataUri } from "./icon.ts";

/** A status with an icon and a modded server's list; longer ones are not read. */
export const statusLimit = 262_144;

/** Handshake and request in one; `host` and `port` are what a player would have typed. */
export function encodeStatusRequest(host: string, port: number): Uint8Array {
  const name = new TextEncoder().encode(host);
  // Version −1: only asking. Next state 1: status.
  const version = [0xff, 0xff, 0xff, 0xff, 0x0f];
  const handshake = [0x00, ...version, ...varint(name.length), ...name, port >> 8, port & 0xff, 1];
  return Uint8Array.from([...varint(handshake.length), ...handshake, 0x01, 0x00]);
}

/** True when `bytes` hold the whole answer, or can never become one. */
export function isWholeStatus(bytes: Uint8Array): boolean {
  try {
    const reader = new ByteReader(bytes);
    const length = reader.varint();
    return length < 3 || length > statusLimit || reader.left >= length;
  } catch {
    return bytes.length >= 5;
  }
}

const statusSchema = z.object({
  version: z.object({ name: z.string() }).optional().catch(undefined),
  players: z.object({ online: z.number(), max: z.number() }).optional().catch(undefined),
  description: z.unknown().optional(),
  favicon: z.unknown().optional(),
});

/** Throws Unreadable (or a SyntaxError of its JSON) when it is no status. */
export function decodeStatus(bytes: Uint8Array): Answer {
  const reader = new ByteReader(bytes);
  const packet = new ByteReader(reader.bytes(reader.varint()));
  if (packet.varint() !== 0x00) throw new Unreadable("another packet than the status");
  const json: unknown = JSON.parse(packet.text(packet.varint()));
  const { success, data } = statusSchema.safeParse(json);
  if (!success) throw new Unreadable("JSON of another shape");
  const { version, players, description } = data;
  const icon = iconOfDataUri(data.favicon);
  if (version === undefined && players === undefined && description === undefined) {
    throw new Unreadable("JSON of another shape");
  }
  return {
    protocol: "minecraft-java",
    name: wordsOf(withoutCodes(plainText(description))),
    players: countOf(players?.online),
    maxPlayers: countOf(players?.max),
    version: wordsOf(withoutCodes(version?.name ?? "")),
    ...(icon !== null && { icon }),
  };
}

/** Text of a chat component: a string, a list, or an object with `text` and `extra`. */
function plainText(component: unknown, depth = 0): string {
  if (typeof component === "string") return component.slice(0, 1000);
  if (depth > 8 || typeof component !== "object" || component === null) return "";
  if (Array.isArray(component)) return joined(component, depth);
  const { text, extra } = component as { text?: unknown; extra?: unknown };
  return plainText(text, depth + 1) + (Array.isArray(extra) ? joined(extra, depth) : "");
}

function joined(parts: readonly unknown[], depth: number): string {
  let text = "";
  for (const part of parts.slice(0, 100)) {
    text += plainText(part, depth + 1);
    if (text.length > 1000) break;
  }
  return text;
}

/** Colours and styles are a section sign and one letter. */
export function withoutCodes(text: string): string {
  return text.slice(0, 2000).replaceAll(/§[\s\S]/gu, "");
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
