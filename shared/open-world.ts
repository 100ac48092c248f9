/** Minecraft worlds that a player's own game has open to its network, on another port each time. */
import type { RecognisedServer } from "./snapshot.ts";

/** The catalogue's entry for them. */
export const openWorld = "minecraft-lan";

/** True for a server that is exposed for as long as it runs, and never again: its number is no one's the next time. */
export function isForSession({ service }: Pick<RecognisedServer, "service">): boolean {
  return service?.id === openWorld;
}
