/**
 * Whether a server acts on FILTER, found out before anything is opened. That it echoes the option proves nothing:
 * miniupnpd up to 2.3.9 at least does so and lets in everybody (https://github.com/miniupnp/miniupnp/issues/779). But
 * only a server that looks at it knows that a deletion must have none, and answers MALFORMED_OPTION (RFC 6887 §13.3).
 */
import type { Random, UdpAddress } from "../../environment.ts";
import type { Refusal } from "../port-mapper.ts";
import { sourcesRefusal } from "../sources-refusal.ts";
import { unspecifiedAddress } from "./addresses.ts";
import { filters } from "./map-options.ts";
import { protocolNumbers } from "./messages.ts";
import type { Answer } from "./questions.ts";
import { refusalOf } from "./refusal.ts";
import { resultCodes, resultName } from "./result-codes.ts";
import type { Plan } from "./transactions.ts";

/** A deletion with filters of what does not exist: the port is the one that we ask from, the nonce is new. */
export function filterQuestion(
  sources: readonly string[],
  { port }: UdpAddress,
  family: 4 | 6,
  random: Random,
): Plan {
  const key = { transport: "udp", internalPort: port, nonce: random.bytes(12) } as const;
  return {
    kind: "unmap",
    key,
    lifetime: 0,
    body: {
      opcode: "map",
      nonce: key.nonce,
      protocol: protocolNumbers.udp,
      internalPort: port,
      externalPort: 0,
      externalAddress: unspecifiedAddress(family),
    },
    options: () => filters(sources),
  };
}

/** Answers of a server that would have deleted, had there been anything. */
const carriedOut: ReadonlySet<number> = new Set([
  resultCodes.SUCCESS,
  resultCodes.NOT_AUTHORIZED,
  resultCodes.NO_RESOURCES,
]);

/** Null when the server acts on filters. */
export function filterRefusal(answer: Answer): Refusal | null {
  if (answer.kind === "refused") return answer;
  const { result, lifetime } = answer.response;
  if (result === resultCodes.MALFORMED_OPTION) return null;
  if (carriedOut.has(result)) return sourcesRefusal("PCP: it does not look at the list");
  if (result === resultCodes.UNSUPP_OPTION) {
    return sourcesRefusal(`PCP result ${result} ${resultName(result)}`);
  }
  return refusalOf(result, lifetime);
}
