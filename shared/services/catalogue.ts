/** All services that Homeport knows. One file a family under catalogue/; docs/services.md says how to add one. */
import { administration } from "./catalogue/administration.ts";
import { buildingGames } from "./catalogue/building-games.ts";
import { databases } from "./catalogue/databases.ts";
import { development } from "./catalogue/development.ts";
import { fileExchange } from "./catalogue/file-exchange.ts";
import { media } from "./catalogue/media.ts";
import { minecraft } from "./catalogue/minecraft.ts";
import { multiplayerMods } from "./catalogue/multiplayer-mods.ts";
import { otherGames } from "./catalogue/other-games.ts";
import { shooterGames } from "./catalogue/shooter-games.ts";
import { sourceGames } from "./catalogue/source-games.ts";
import { survivalGames } from "./catalogue/survival-games.ts";
import { system } from "./catalogue/system.ts";
import { voice } from "./catalogue/voice.ts";
import { vpn } from "./catalogue/vpn.ts";
import { web } from "./catalogue/web.ts";
import { type Service, type ServiceEntry, serviceSchema } from "./schema.ts";

const entries: readonly ServiceEntry[] = [
  ...minecraft,
  ...sourceGames,
  ...survivalGames,
  ...buildingGames,
  ...shooterGames,
  ...multiplayerMods,
  ...otherGames,
  ...voice,
  ...media,
  ...web,
  ...fileExchange,
  ...vpn,
  ...databases,
  ...administration,
  ...development,
  ...system,
];

/** Checked when loaded: an entry that breaks its form is a mistake of ours and throws, naming the entry. */
export const catalogue: readonly Service[] = entries.map(parse);

function parse(entry: ServiceEntry): Service {
  const { data, error } = serviceSchema.safeParse(entry);
  if (data === undefined) throw new Error(`service ${entry.id}: ${error.message}`);
  return data;
}

const byId = new Map(catalogue.map((service) => [service.id, service]));

/** Null for an id that no entry has (any more). */
export function findService(id: string): Service | null {
  return byId.get(id) ?? null;
}
