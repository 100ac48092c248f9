/** A page's title, and its icon in a question of its own. */
import type { UdpAddress } from "../../environment.ts";
import type { Answer } from "./answer.ts";
import { type AskOutcome, type ExchangeTcp, readReply } from "./exchange.ts";
import * as http from "./http.ts";

/** `before`: the last answer, whose icon stays, also when there was none. Never rejects. */
export async function askPage(
  to: UdpAddress,
  exchangeTcp: ExchangeTcp,
  before: Answer | null,
): Promise<AskOutcome> {
  const reply = await exchangeTcp({
    to,
    send: http.encodeGet(),
    maxBytes: http.pageLimit,
    isEnough: http.isEnough,
  });
  const outcome = readReply(reply, http.decodePage, true);
  if (outcome.kind !== "answer" || reply.kind !== "bytes") return outcome;
  const known = before?.protocol === "http" ? before.icon : undefined;
  const icon = known === undefined ? await askIcon(to, exchangeTcp, reply.bytes) : known;
  return icon === undefined ? outcome : { ...outcome, answer: { ...outcome.answer, icon } };
}

/** Undefined where `page` is none (yet), or names none of this server's. */
async function askIcon(
  to: UdpAddress,
  exchangeTcp: ExchangeTcp,
  page: Uint8Array,
): Promise<string | null | undefined> {
  const path = http.iconPathOf(page);
  if (path === null) return undefined;
  if (path.startsWith("data:")) return path;
  const reply = await exchangeTcp({
    to,
    send: http.encodeGet(path, "image/*"),
    maxBytes: http.iconAnswerLimit,
    isEnough: () => false,
  });
  return reply.kind === "bytes" && reply.end !== "too-large" ? http.decodeIcon(reply.bytes) : null;
}
