/** What a Minecraft client tells its network after "Open to LAN"; every 1.5 seconds, as text in UTF-8. */
import { wordsOf } from "../ask/answer.ts";
import { withoutCodes } from "../ask/minecraft-java.ts";

export const lanWorldGroup = { group: "224.0.2.60", port: 4445 } as const;

/** A world of a Minecraft client that its network may join. */
export interface LanWorld {
  /** Usually the player's name and the world's; in its own words. */
  readonly motd: string;
  /** TCP. */
  readonly port: number;
}

/** Bytes; a real one has far fewer. */
const largest = 1024;
const format = /^\[MOTD\](.*)\[\/MOTD\]\[AD\](\d{1,5})\[\/AD\]$/s;

/** Null when it is not exactly such an announcement. */
export function readLanWorld(datagram: Uint8Array): LanWorld | null {
  if (datagram.length > largest) return null;
  const [, text, digits] = format.exec(new TextDecoder().decode(datagram)) ?? [];
  const port = Number(digits);
  const motd = wordsOf(text === undefined ? null : withoutCodes(text));
  if (motd === null || !(port >= 1 && port <= 65_535)) return null;
  return { motd, port };
}
