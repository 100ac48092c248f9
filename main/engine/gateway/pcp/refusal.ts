/** PCP results in Homeport's words. */
import { problem, type ProblemCode } from "../../../../shared/problems.ts";
import type { Refusal } from "../port-mapper.ts";
import {
  LONG_ERROR_LIFETIME,
  recommendedErrorLifetime,
  resultCodes,
  resultName,
  SHORT_ERROR_LIFETIME,
} from "./result-codes.ts";

/** Seconds; a server that says "never again" is asked once a day all the same. */
const LONGEST_RETRY = 86_400;
/** Seconds until we ask again where nothing listened on the port: a daemon that restarts is soon back. */
const RETRY_CLOSED_PORT = 5;
/** Seconds until we ask again after the system could not send. */
const RETRY_UNREACHABLE = 5;

const codes: Readonly<Record<number, ProblemCode>> = {
  [resultCodes.UNSUPP_VERSION]: "unsupported-version",
  [resultCodes.NOT_AUTHORIZED]: "not-authorized",
  [resultCodes.MALFORMED_REQUEST]: "malformed",
  [resultCodes.UNSUPP_OPCODE]: "unsupported",
  [resultCodes.UNSUPP_OPTION]: "unsupported",
  [resultCodes.MALFORMED_OPTION]: "malformed",
  [resultCodes.NETWORK_FAILURE]: "network-failure",
  [resultCodes.NO_RESOURCES]: "no-resources",
  [resultCodes.UNSUPP_PROTOCOL]: "unsupported",
  [resultCodes.USER_EX_QUOTA]: "quota-exceeded",
  [resultCodes.CANNOT_PROVIDE_EXTERNAL]: "cannot-provide-external",
  [resultCodes.ADDRESS_MISMATCH]: "address-mismatch",
  [resultCodes.EXCESSIVE_REMOTE_PEERS]: "excessive-remote-peers",
  [resultCodes.AUTHENTICATION_REQUIRED]: "not-authorized",
  [resultCodes.AUTHENTICATION_FAILED]: "not-authorized",
  [resultCodes.AUTHORIZATION_FAILED]: "not-authorized",
};

/**
 * The refusal that an error response means. `lifetime` (seconds) is honoured up to a day; where it is 0, which
 * miniupnpd sends for some errors, what RFC 6887 §7.4 recommends for the code counts.
 */
export function refusalOf(result: number, lifetime: number): Refusal {
  const name = resultName(result);
  const detail = name === null ? `PCP result ${result}` : `PCP result ${result} ${name}`;
  return {
    kind: "refused",
    problem: problem(codes[result] ?? "gateway-error", detail),
    retryAfter: Math.min(lifetime || recommendedErrorLifetime(result), LONGEST_RETRY),
  };
}

/** It does not act for other hosts (§13.1): not at all, or not when we ask. */
export function thirdPartyRefusal(result: number, lifetime: number): Refusal {
  const { retryAfter } = refusalOf(result, lifetime);
  const detail = `PCP result ${result} ${resultName(result)}`;
  return { kind: "refused", problem: problem("third-party-refused", detail), retryAfter };
}

/** A success without the option that names the other host: an undue mapping, which is taken back. */
export function unfulfilledRefusal(): Refusal {
  return {
    kind: "refused",
    problem: problem("third-party-refused", "it left the other device out"),
    retryAfter: LONG_ERROR_LIFETIME,
  };
}

/**
 * The server speaks another version of the protocol; 0 is NAT-PMP (RFC 6887 §9). `retryAfter`: seconds until it is
 * worth another try.
 */
export function otherVersionRefusal(version: number, retryAfter: number): Refusal {
  const speaks = version === 0 ? "it speaks NAT-PMP" : `it speaks PCP version ${version}`;
  return { kind: "refused", problem: problem("unsupported-version", speaks), retryAfter };
}

/** A success that grants nothing; `what` names the evidence. */
export function uselessGrantRefusal(code: ProblemCode, what: string): Refusal {
  return { kind: "refused", problem: problem(code, what), retryAfter: SHORT_ERROR_LIFETIME };
}

/** ICMP said that nothing listens on the server's port. */
export function closedPortRefusal(): Refusal {
  return {
    kind: "refused",
    problem: problem("no-response", "nothing listens on its PCP port"),
    retryAfter: RETRY_CLOSED_PORT,
  };
}

/** The system could not send at all; `code` is its word for it, e.g. ENETUNREACH. */
export function unreachableRefusal(code: string): Refusal {
  return {
    kind: "refused",
    problem: problem("network-unreachable", code),
    retryAfter: RETRY_UNREACHABLE,
  };
}
