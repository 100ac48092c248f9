/** Asks a server in its own language. */
import type { AskProtocol } from "../../../../shared/services/schema.ts";
import type { UdpAddress } from "../../environment.ts";
import * as a2s from "./a2s.ts";
import type { Answer } from "./answer.ts";
import type { AskTools } from "./ask-tools.ts";
import { Unreadable } from "./byte-reader.ts";
import { type AskOutcome, exchangeUdp, readReply } from "./exchange.ts";
import { askGamedig } from "./gamedig/ask-gamedig.ts";
import * as greeting from "./greeting.ts";
import { askPage } from "./page.ts";
import * as teamspeak from "./teamspeak.ts";
import * as bedrock from "./minecraft-bedrock.ts";
import * as java from "./minecraft-java.ts";
import * as mumble from "./mumble.ts";

/**
 * Ends within seconds and reads kilobytes, whatever the other side does. `before` is its last answer: an icon is asked
 * for once only. Never rejects.
 */
export async function ask(
  protocol: AskProtocol,
  to: UdpAddress,
  tools: AskTools,
  before: Answer | null = null,
): Promise<AskOutcome> {
  const { exchangeTcp, random } = tools;
  switch (protocol) {
    case "minecraft-java": {
      const question = {
        to,
        send: java.encodeStatusRequest("localhost", to.port),
        maxBytes: java.statusLimit,
        isEnough: java.isWholeStatus,
      };
      return readReply(await exchangeTcp(question), java.decodeStatus);
    }
    case "http":
      return askPage(to, exchangeTcp, before);
    case "rtsp": {
      const question = {
        to,
        send: greeting.encodeOptions(),
        maxBytes: greeting.greetingLimit,
        isEnough: greeting.isWholeHead,
      };
      return readReply(await exchangeTcp(question), greeting.decodeOptions);
    }
    case "banner": {
      const question = {
        to,
        send: new Uint8Array(),
        maxBytes: greeting.greetingLimit,
        isEnough: greeting.isWholeLine,
      };
      return readReply(await exchangeTcp(question), greeting.decodeGreeting);
    }
    case "minecraft-bedrock": {
      const token = random.bytes(8);
      const read = (bytes: Uint8Array) => bedrock.decodePong(bytes, token);
      return exchangeUdp(tools, { to, send: bedrock.encodePing(token), read });
    }
    case "mumble": {
      const token = random.bytes(8);
      const read = (bytes: Uint8Array) => mumble.decodePong(bytes, token);
      return exchangeUdp(tools, { to, send: mumble.encodePing(token), read });
    }
    case "a2s": {
      let challenges = 0;
      return exchangeUdp(tools, {
        to,
        send: a2s.encodeInfoRequest(null),
        read: (bytes) => {
          const reply = a2s.decodeInfoReply(bytes);
          if (reply.kind === "answer") return reply.answer;
          challenges += 1;
          if (challenges > 3) throw new Unreadable("challenges without end");
          return a2s.encodeInfoRequest(reply.challenge);
        },
      });
    }
    case "teamspeak3": {
      const question = {
        to,
        send: teamspeak.encodeServerInfo(),
        maxBytes: teamspeak.teamspeakLimit,
        isEnough: teamspeak.isWholeInfo,
      };
      return readReply(await exchangeTcp(question), teamspeak.decodeServerInfo);
    }
    default:
      return askGamedig(protocol, to, tools);
  }
}
