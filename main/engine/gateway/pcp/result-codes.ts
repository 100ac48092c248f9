/** PCP result codes: RFC 6887 §7.4, and RFC 7652 (authentication). */

export const resultCodes = {
  SUCCESS: 0,
  UNSUPP_VERSION: 1,
  NOT_AUTHORIZED: 2,
  MALFORMED_REQUEST: 3,
  UNSUPP_OPCODE: 4,
  UNSUPP_OPTION: 5,
  MALFORMED_OPTION: 6,
  NETWORK_FAILURE: 7,
  NO_RESOURCES: 8,
  UNSUPP_PROTOCOL: 9,
  USER_EX_QUOTA: 10,
  CANNOT_PROVIDE_EXTERNAL: 11,
  ADDRESS_MISMATCH: 12,
  EXCESSIVE_REMOTE_PEERS: 13,
  AUTHENTICATION_REQUIRED: 14,
  AUTHENTICATION_FAILED: 15,
  AUTHENTICATION_SUCCEEDED: 16,
  AUTHORIZATION_FAILED: 17,
  SESSION_TERMINATED: 18,
  UNKNOWN_SESSION_ID: 19,
  DOWNGRADE_ATTACK_DETECTED: 20,
  AUTHENTICATION_REQUEST: 21,
} as const;

const names = new Map<number, string>(
  Object.entries(resultCodes).map(([name, code]) => [code, name]),
);

/** `NO_RESOURCES`, or null for a code nobody has defined. */
export function resultName(code: number): string | null {
  return names.get(code) ?? null;
}

/** Seconds that RFC 6887 §7.4 recommends for errors that pass soon. */
export const SHORT_ERROR_LIFETIME = 30;
/** Seconds that RFC 6887 §7.4 recommends for errors that need someone to change something. */
export const LONG_ERROR_LIFETIME = 1800;

const shortLived: ReadonlySet<number> = new Set([
  resultCodes.NETWORK_FAILURE,
  resultCodes.NO_RESOURCES,
  resultCodes.USER_EX_QUOTA,
  // "Depends on the reason": a taken port may be free again soon.
  resultCodes.CANNOT_PROVIDE_EXTERNAL,
]);

/** The lifetime that RFC 6887 §7.4 gives an error, in seconds; an unknown code counts as short. */
export function recommendedErrorLifetime(code: number): number {
  return shortLived.has(code) || resultName(code) === null
    ? SHORT_ERROR_LIFETIME
    : LONG_ERROR_LIFETIME;
}
