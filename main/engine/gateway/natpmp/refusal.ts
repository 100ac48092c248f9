/** NAT-PMP results in Homeport's words. */
import { problem, type ProblemCode } from "../../../../shared/problems.ts";
import type { Refusal } from "../port-mapper.ts";
import { natPmpResults } from "./codec.ts";

/** Seconds until asking again; NAT-PMP errors carry no lifetime of their own. */
const retries = { soon: 30, later: 300, silent: 30, closed: 5, unreachable: 5 } as const;

const known: Readonly<Record<number, readonly [ProblemCode, string, number]>> = {
  [natPmpResults.UNSUPPORTED_VERSION]: [
    "unsupported-version",
    "UNSUPPORTED_VERSION",
    retries.later,
  ],
  [natPmpResults.NOT_AUTHORIZED]: ["not-authorized", "NOT_AUTHORIZED", retries.later],
  [natPmpResults.NETWORK_FAILURE]: ["network-failure", "NETWORK_FAILURE", retries.soon],
  [natPmpResults.OUT_OF_RESOURCES]: ["no-resources", "OUT_OF_RESOURCES", retries.soon],
  [natPmpResults.UNSUPPORTED_OPCODE]: ["unsupported", "UNSUPPORTED_OPCODE", retries.later],
};

export function natPmpRefusal(result: number): Refusal {
  const [code, name, retryAfter] = known[result] ?? [
    "gateway-error",
    `result ${result}`,
    retries.later,
  ];
  return { kind: "refused", problem: problem(code, `NAT-PMP ${name}`), retryAfter };
}

/** A success that is of no use; `detail` says why. */
export function uselessNatPmpGrant(code: ProblemCode, detail: string): Refusal {
  return { kind: "refused", problem: problem(code, detail), retryAfter: retries.soon };
}

/** Nine requests and no answer (RFC 6886 §3.1). */
export function silentRefusal(): Refusal {
  return {
    kind: "refused",
    problem: problem("no-response", "NAT-PMP"),
    retryAfter: retries.silent,
  };
}

/** Nothing listens on the gateway's NAT-PMP port. */
export function closedRefusal(): Refusal {
  return {
    kind: "refused",
    problem: problem("no-response", "NAT-PMP port closed"),
    retryAfter: retries.closed,
  };
}

/** Only the host that asks can be opened (§3.3). */
export function otherHostRefusal(): Refusal {
  return {
    kind: "refused",
    problem: problem("unsupported", "NAT-PMP opens this PC alone"),
    retryAfter: retries.later,
  };
}

/** The system could not send; `code` is its own. */
export function cannotSendRefusal(code: string): Refusal {
  return {
    kind: "refused",
    problem: problem("network-unreachable", code),
    retryAfter: retries.unreachable,
  };
}

/** The server answers in version `version` alone. */
export function otherVersionRefusal(version: number): Refusal {
  return {
    kind: "refused",
    problem: problem("unsupported-version", `version ${version}`),
    retryAfter: retries.later,
  };
}
