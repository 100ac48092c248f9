/** Numbers of the IANA DNS parameters registry, as far as we use them. */

/** Types of records by their names (RFC 1035 §3.2.2 and later). */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  ANY: 255,
} as const;

/** Classes; NONE and ANY carry meaning in UPDATE (RFC 2136 §2.4, §2.5). */
export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;

export const opcodes = { QUERY: 0, UPDATE: 5 } as const;

/** Response codes (RFC 1035 §4.1.1, RFC 2136 §2.2) and those of TSIG (RFC 8945 §3). */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADSIG: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADTRUNC: 22,
} as const;

/** `REFUSED` for 5, `RCODE 11` for one without a name here. */
export function rcodeName(rcode: number): string {
  return Object.entries(rcodes).find(([, value]) => value === rcode)?.[0] ?? `RCODE ${rcode}`;
}
