/** What answers to MAP and PEER mean for who asked. */
import type { LeaseKey, MapOutcome, Refusal, UnmapOutcome } from "../port-mapper.ts";
import { isLimited, sourcesRefusal } from "../sources-refusal.ts";
import { canBeExternal } from "./addresses.ts";
import { grantedCount } from "./map-options.ts";
import type { MappingBody } from "./messages.ts";
import type { Answer } from "./questions.ts";
import { refusalOf, thirdPartyRefusal, uselessGrantRefusal } from "./refusal.ts";
import { resultCodes, resultName } from "./result-codes.ts";

/** Seconds; a longer grant is renewed as if it were this long, which no server minds (§15). */
const LONGEST_LEASE = 86_400;

/** Of a request with filters for this PC itself: of THIRD_PARTY a server may say the same. */
const aboutFilters: ReadonlySet<number> = new Set([
  resultCodes.UNSUPP_OPTION,
  resultCodes.MALFORMED_OPTION,
]);

export interface PeerGrant {
  readonly kind: "granted";
  /** What the remote peer sees as the source of the flow. */
  readonly externalAddress: string;
  readonly externalPort: number;
  /** Seconds for which the router keeps it without traffic. */
  readonly lifetime: number;
}

export function mapOutcome(key: LeaseKey, answer: Answer): MapOutcome {
  if (answer.kind === "refused") return answer;
  const { response, body } = answer;
  const { result, lifetime } = response;
  if (result !== resultCodes.SUCCESS) {
    return isLimited(key) && key.host === undefined && aboutFilters.has(result)
      ? sourcesRefusal(`PCP result ${result} ${resultName(result)}`)
      : refused(key, result, lifetime);
  }
  const grant = granted(lifetime, body);
  const count = grantedCount(key, body, response.options);
  return grant.kind === "granted" && count > 1 ? { ...grant, count } : grant;
}

/**
 * What the answer to a deletion means. NO_RESOURCES: miniupnpd says so where there is nothing to delete, and a
 * deletion needs no resources. NOT_AUTHORIZED: no mapping there answers to our nonce (§15.1).
 */
export function unmapOutcome(key: LeaseKey, answer: Answer): UnmapOutcome {
  if (answer.kind === "refused") return answer;
  const { result, lifetime } = answer.response;
  return result === resultCodes.SUCCESS ||
    result === resultCodes.NO_RESOURCES ||
    result === resultCodes.NOT_AUTHORIZED
    ? { kind: "gone" }
    : refused(key, result, lifetime);
}

export function peerOutcome(answer: Answer): PeerGrant | Refusal {
  if (answer.kind === "refused") return answer;
  const { result, lifetime } = answer.response;
  return result === resultCodes.SUCCESS
    ? granted(lifetime, answer.body)
    : refusalOf(result, lifetime);
}

/** What a success grants, if it grants anything that can be used. */
function granted(lifetime: number, body: MappingBody): PeerGrant | Refusal {
  const { externalAddress } = body;
  if (lifetime === 0) return uselessGrantRefusal("gateway-error", "granted for 0 seconds");
  if (!canBeExternal(externalAddress)) {
    return uselessGrantRefusal("unusable-address", `external address ${externalAddress}`);
  }
  // miniupnpd 2.3.1 answers 0 for an IPv6 pinhole, whose port stays as it is.
  const pinhole = body.externalPort === 0 && externalAddress.includes(":");
  const externalPort = pinhole ? body.internalPort : body.externalPort;
  if (externalPort === 0) return uselessGrantRefusal("gateway-error", "external port 0");
  return {
    kind: "granted",
    externalAddress,
    externalPort,
    lifetime: Math.min(lifetime, LONGEST_LEASE),
  };
}

function refused({ host }: LeaseKey, result: number, lifetime: number): Refusal {
  const isAboutHost = result === resultCodes.UNSUPP_OPTION || result === resultCodes.NOT_AUTHORIZED;
  return host !== undefined && isAboutHost
    ? thirdPartyRefusal(result, lifetime)
    : refusalOf(result, lifetime);
}
