/** UPnP errors in Homeport's words. */
import { problem, type ProblemCode } from "../../../../shared/problems.ts";
import type { Refusal } from "../port-mapper.ts";
import type { ActionFailure } from "./device/action.ts";

/** Seconds until asking again; UPnP errors carry no lifetime of their own. */
const retries = { soon: 30, later: 300 } as const;

/** UPnP Device Architecture 1.1 table 3-3, WANIPConnection:2 §2.5.16 and §2.5.18. */
export const upnpErrors = {
  INVALID_ACTION: 401,
  INVALID_ARGS: 402,
  ACTION_FAILED: 501,
  ARGUMENT_VALUE_OUT_OF_RANGE: 601,
  OPTIONAL_ACTION_NOT_IMPLEMENTED: 602,
  ACTION_NOT_AUTHORIZED: 606,
  CONFLICT_IN_MAPPING_ENTRY: 718,
  SAME_PORT_VALUES_REQUIRED: 724,
  ONLY_PERMANENT_LEASES_SUPPORTED: 725,
  NO_PORT_MAPS_AVAILABLE: 728,
  CONFLICT_WITH_OTHER_MECHANISMS: 729,
} as const;

const codes: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  401: ["unsupported", "InvalidAction"],
  402: ["malformed", "InvalidArgs"],
  501: ["gateway-error", "ActionFailed"],
  600: ["malformed", "ArgumentValueInvalid"],
  601: ["malformed", "ArgumentValueOutOfRange"],
  602: ["unsupported", "OptionalActionNotImplemented"],
  603: ["no-resources", "OutOfMemory"],
  605: ["malformed", "StringArgumentTooLong"],
  606: ["not-authorized", "ActionNotAuthorized"],
  715: ["unsupported", "WildCardNotPermittedInSrcIP"],
  716: ["unsupported", "WildCardNotPermittedInExtPort"],
  718: ["cannot-provide-external", "ConflictInMappingEntry"],
  724: ["cannot-provide-external", "SamePortValuesRequired"],
  725: ["unsupported", "OnlyPermanentLeasesSupported"],
  726: ["sources-unsupported", "RemoteHostOnlySupportsWildcard"],
  // The wildcard would be every port of this PC: never asked for.
  727: ["unsupported", "ExternalPortOnlySupportsWildcard"],
  728: ["no-resources", "NoPortMapsAvailable"],
  729: ["cannot-provide-external", "ConflictWithOtherMechanisms"],
};

/** What is the same half a minute later. */
const lasting: ReadonlySet<ProblemCode> = new Set([
  "not-authorized",
  "unsupported",
  "malformed",
  "sources-unsupported",
]);

/** The refusal that an error means. */
export function upnpRefusal(failure: Exclude<ActionFailure, { kind: "unreachable" }>): Refusal {
  if (failure.kind === "nonsense") {
    const { status } = failure;
    // A FRITZ!Box asks for a password so: https://github.com/kbr/fritzconnection/issues/236
    if (status === 401 || status === 403) {
      return refused("not-authorized", `UPnP, HTTP ${status}`, retries.later);
    }
    return refused("gateway-error", `UPnP answer not understood, HTTP ${status}`, retries.later);
  }
  const [code, name] = codes[failure.code] ?? ["gateway-error", failure.description.slice(0, 80)];
  const later = lasting.has(code);
  const detail = `UPnP ${failure.code} ${name}`.trim();
  return refused(code, detail, later ? retries.later : retries.soon);
}

/** Every external port that was tried is somebody else's. */
export function takenRefusal(externalPort: number): Refusal {
  return refused("cannot-provide-external", `port ${externalPort} is taken`, retries.later);
}

/** It opens for each host what that host asks for itself; `code` is how it said so. */
export function otherHostRefusal(code: 606 | 718): Refusal {
  return refused("third-party-refused", `UPnP ${code}`, retries.later);
}

/** Its table does not show that we made the entry. */
export function foreignRefusal(externalPort: number): Refusal {
  return refused("mapping-foreign", `port ${externalPort}`, retries.later);
}

/** It took such requests before, so that `code` cannot mean what it says (https://github.com/miniupnp/miniupnp/issues/92). */
export function fullTableRefusal(code: 402): Refusal {
  return refused("no-resources", `UPnP ${code}, to what it took before`, retries.later);
}

/** It said yes, but its list says no: `detail` tells how. */
export function emptyPromiseRefusal(detail: string): Refusal {
  return refused("gateway-error", detail, retries.soon);
}

function refused(code: ProblemCode, detail: string, retryAfter: number): Refusal {
  return { kind: "refused", problem: problem(code, detail), retryAfter };
}
