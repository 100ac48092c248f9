/** Asks in the languages that gamedig speaks: it reads and writes them, and our own limits carry them (`Carrier`). */
import type { GamedigState } from "gamedig";
import type { GamedigProtocol } from "../../../../../shared/services/schema.ts";
import type { UdpAddress } from "../../../environment.ts";
import { type Answer, countOf, wordsOf } from "../answer.ts";
import type { AskTools } from "../ask-tools.ts";
import type { AskOutcome } from "../exchange.ts";
import { iconOf } from "../icon.ts";
import { Carrier } from "./carrier.ts";

/**
 * Where gamedig reads whatever comes, the beginning that makes it an answer. Of Satisfactory: magic, kind and version,
 * and the eight bytes that gamedig sends to be seen again (wiki "Dedicated servers/Lightweight Query API").
 */
const begins: Readonly<Partial<Record<GamedigProtocol, Uint8Array>>> = {
  satisfactory: Uint8Array.of(0xd5, 0xf6, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5),
};

/** Ends within seconds. Never rejects. */
export async function askGamedig(
  protocol: GamedigProtocol,
  to: UdpAddress,
  { clock, network, exchangeTcp }: AskTools,
): Promise<AskOutcome> {
  // A quarter of a second and some megabytes, for the few who host such a game.
  const library = await import("gamedig").catch(() => null);
  const Query = library?.protocols[protocol];
  if (Query === undefined) return { kind: "unreadable", detail: `gamedig lost ${protocol}` };
  const carrier = new Carrier({
    to,
    clock,
    network,
    exchangeTcp,
    begins: begins[protocol] ?? new Uint8Array(),
  });
  const { udpSend, withTcp, tcpSend, request, telnetConnect } = carrier;
  const query = Object.assign(new Query(), { udpSend, withTcp, tcpSend, request, telnetConnect });
  query.options = { address: to.address, host: to.address, port: to.port, stripColors: true };
  const state: GamedigState = { raw: {}, players: [], bots: [] };
  try {
    await query.run(state);
  } catch {
    return carrier.trouble;
  } finally {
    carrier.end();
  }
  return read(protocol, state) ?? { kind: "unreadable", detail: "nothing is told" };
}

function read(protocol: GamedigProtocol, state: GamedigState): AskOutcome | null {
  const name = textOf(state.name);
  const maxPlayers = numberOf(state.maxplayers);
  if (name === null && maxPlayers === null) return null;
  const icon = iconFrom(state);
  const answer: Answer = {
    protocol,
    name,
    players: numberOf(state.numplayers),
    maxPlayers,
    version: textOf(state.version),
    ...(icon !== null && { icon }),
  };
  return { kind: "answer", answer };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? wordsOf(value) : null;
}

function numberOf(value: unknown): number | null {
  return countOf(typeof value === "string" && /^\d{1,7}$/.test(value) ? Number(value) : value);
}

/** FiveM's `info.json` holds its icon as base64. */
function iconFrom({ raw }: GamedigState): string | null {
  const info = raw["info"];
  const icon = typeof info === "object" && info !== null && "icon" in info ? info.icon : null;
  return typeof icon === "string" ? iconOf(Buffer.from(icon.slice(0, 65_536), "base64")) : null;
}
