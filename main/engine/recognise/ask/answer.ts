/** What a server says when asked, and which service says so. */
import type { AskProtocol, Service } from "../../../../shared/services/schema.ts";
import type { ServerDetails } from "../../../../shared/snapshot.ts";

export interface Answer extends ServerDetails {
  readonly protocol: AskProtocol;
  /** Kind of greeting, e.g. `ssh`; of `banner` alone. */
  readonly greeting?: Greeting;
  /** The game's number at Steam; of `a2s` alone. */
  readonly steamApp?: number;
}

type Greeting = "ssh" | "smtp" | "ftp" | "rtsp" | "vnc" | "irc";

const proxies = /^(velocity|bungeecord|waterfall|flamecord|hexacord)\b/i;
const greeters: Partial<Record<Greeting, string>> = {
  ssh: "ssh",
  ftp: "ftp",
  vnc: "vnc",
  rtsp: "mediamtx",
};

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
      return (answer.greeting && greeters[answer.greeting]) ?? null;
    case "http":
      return null;
  }
}
