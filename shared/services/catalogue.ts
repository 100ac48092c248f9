/** All services that Homeport knows. One file a family under catalogue/; docs/services.md says how to add one. */
import { administration } from "./catalogue/administration.ts";
import { automation } from "./catalogue/automation.ts";
import { buildingGames } from "./catalogue/building-games.ts";
import { databases } from "./catalogue/databases.ts";
import { development } from "./catalogue/development.ts";
import { fileExchange } from "./catalogue/file-exchange.ts";
import { freeGames } from "./catalogue/free-games.ts";
import { infrastructure } from "./catalogue/infrastructure.ts";
import { media } from "./catalogue/media.ts";
import { minecraft } from "./catalogue/minecraft.ts";
import { multiplayerMods } from "./catalogue/multiplayer-mods.ts";
import { otherGames } from "./catalogue/other-games.ts";
import { remoteAccess } from "./catalogue/remote-access.ts";
import { shooterGames } from "./catalogue/shooter-games.ts";
import { sourceGames } from "./catalogue/source-games.ts";
import { survivalGames } from "./catalogue/survival-games.ts";
import { system } from "./catalogue/system.ts";
import { voice } from "./catalogue/voice.ts";
import { vpn } from "./catalogue/vpn.ts";
import { web } from "./catalogue/web.ts";
import type { Service, ServiceEntry } from "./schema.ts";

const entries: readonly ServiceEntry[] = [
  ...minecraft,
  ...sourceGames,
  ...survivalGames,
  ...buildingGames,
  ...shooterGames,
  ...multiplayerMods,
  ...otherGames,
  ...freeGames,
  ...voice,
  ...media,
  ...web,
  ...fileExchange,
  ...vpn,
  ...databases,
  ...administration,
  ...remoteAccess,
  ...infrastructure,
  ...automation,
  ...development,
  ...system,
];

/** What is left out stands for nothing. The test checks the form of each entry: at every start that would only take time. */
export const catalogue: readonly Service[] = entries.map((entry) => ({
  ...entry,
  clues: entry.clues ?? [],
  told: entry.told ?? [],
  hints: entry.hints ?? [],
}));

const byId = new Map(catalogue.map((service) => [service.id, service]));

/** Null for an id that no entry has (any more). */
export function findService(id: string): Service | null {
  return byId.get(id) ?? null;
}
