/** What a server says when asked, and which service says so. */
import type { AskProtocol, Service } from "../../../../shared/services/schema.ts";
import type { ServerDetails } from "../../../../shared/snapshot.ts";
import { oneLine } from "../../detect/plain-text.ts";

export interface Answer extends ServerDetails {
  readonly protocol: AskProtocol;
  /** Kind of greeting, e.g. `ssh`; of `banner` alone. */
  readonly greeting?: Greeting;
  /** The game's number at Steam; of `a2s` alone. */
  readonly steamApp?: number;
}

export type Greeting = "ssh" | "smtp" | "ftp" | "vnc";

/** By which transport each protocol is asked. */
export const askTransports = {
  "minecraft-java": "tcp",
  "minecraft-bedrock": "udp",
  a2s: "udp",
  mumble: "udp",
  http: "tcp",
  rtsp: "tcp",
  banner: "tcp",
  teamspeak3: "tcp",
  quake3: "udp",
  samp: "udp",
  ase: "udp",
  gamespy1: "udp",
  unreal2: "udp",
  satisfactory: "udp",
  fivem: "udp",
  openttd: "tcp",
  assettocorsa: "tcp",
  eco: "tcp",
} as const satisfies Record<AskProtocol, "tcp" | "udp">;

/** Names longer than this are cut. */
const longestText = 120;

/** Words of a server as the snapshot may show them; null when nothing is left. */
export function wordsOf(text: string | null | undefined): string | null {
  const line = oneLine(wholeCharacters((text ?? "").slice(0, 4 * longestText)));
  // The cut may leave half of a character.
  return wholeCharacters(line.slice(0, longestText)).trim() || null;
}

/** Without surrogates that lack their other half: what reads our JSON may not bear them. */
function wholeCharacters(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "");
}

/** A count that a server claims; null when it is none. */
export function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 1e7
    ? value
    : null;
}

const proxies = /^(velocity|bungeecord|waterfall|flamecord|hexacord)\b/i;

/** Id of the service that alone answers like this; null when several do. */
export function serviceOfAnswer(answer: Answer, catalogue: readonly Service[]): string | null {
  switch (answer.protocol) {
    case "minecraft-java":
      return proxies.test(answer.version ?? "") ? "minecraft-proxy" : "minecraft-java";
    case "minecraft-bedrock":
    case "mumble":
      return answer.protocol;
    case "a2s":
      if (answer.steamApp === undefined) return null;
      return catalogue.find(({ ask }) => ask?.steamApp === answer.steamApp)?.id ?? null;
    case "banner":
      return answer.greeting ?? null;
    case "rtsp":
      return "mediamtx";
    case "http":
      return null;
    default: {
      const [only, ...others] = catalogue.filter(({ ask }) => ask?.protocol === answer.protocol);
      return only !== undefined && others.length === 0 ? only.id : null;
    }
  }
}
