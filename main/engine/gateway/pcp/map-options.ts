/** Which options go with a mapping request, and what the answer's say (RFC 6887 §7.3 and §13, RFC 7753). */
import { prefixOf, sourceFamily } from "../../../../shared/sources.ts";
import type { LeaseKey, LeaseRequest, Refusal } from "../port-mapper.ts";
import { sourcesRefusal } from "../sources-refusal.ts";
import { sameAddress } from "../../addresses.ts";
import { unspecifiedAddress } from "./addresses.ts";
import type { MappingBody } from "./messages.ts";
import type { Option } from "./options.ts";
import { unfulfilledRefusal } from "./refusal.ts";
import { resultCodes } from "./result-codes.ts";

/** An option that the request makes sense without. */
export type Dispensable = "prefer-failure" | "port-set";

type Filter = Extract<Option, { name: "filter" }>;

/** Bits before an IPv4 address on the wire. */
const MAPPED_PREFIX = 96;

/** The host to act for (§13.1); never ourselves, which a server has to refuse as malformed. */
function thirdParty({ host }: Pick<LeaseKey, "host">, own: string): readonly Option[] {
  return host === undefined || sameAddress(host, own)
    ? []
    : [{ name: "third-party", address: host }];
}

/** The options of a request to make or renew a mapping; `own` is the address that the server sees us under. */
export function mapOptions(
  request: LeaseRequest,
  own: string,
  without: ReadonlySet<Dispensable>,
): readonly Option[] {
  const { exactPort, suggestedPort } = request;
  const exact = exactPort === true && suggestedPort !== 0 && !without.has("prefer-failure");
  return [
    ...thirdParty(request, own),
    ...(exact ? [{ name: "prefer-failure" } as const] : []),
    ...filters(request.sources),
    ...portSet(request, without),
  ];
}

/** The options of a deletion: of PREFER_FAILURE and FILTER it may have none. */
export function unmapOptions(
  key: LeaseKey,
  own: string,
  without: ReadonlySet<Dispensable>,
): readonly Option[] {
  return [...thirdParty(key, own), ...portSet(key, without)];
}

/** The option to leave out when `result` is the answer to a request with `sent`; null when that is of no use. */
export function offending(result: number, sent: readonly Option[]): Dispensable | null {
  const has = (wanted: Dispensable): boolean => sent.some(({ name }) => name === wanted);
  if (result === resultCodes.UNSUPP_OPTION && has("prefer-failure")) return "prefer-failure";
  // miniupnpd up to 2.3.9 says so to every option whose length is no multiple of four, as PORT_SET's five bytes are.
  if (result === resultCodes.MALFORMED_OPTION && has("port-set")) return "port-set";
  return null;
}

/**
 * Why a success is none: an option that had to be acted on does not come back (§7.3), so that the mapping may lead to
 * another host, or let in more than it should.
 */
export function unfulfilled(sent: readonly Option[], told: readonly Option[]): Refusal | null {
  const missing = sent.find((option) => {
    if (option.name === "third-party") return !told.some(({ name }) => name === option.name);
    return option.name === "filter" && !told.some((other) => isSameFilter(option, other));
  });
  if (missing === undefined) return null;
  return missing.name === "filter"
    ? { ...sourcesRefusal("PCP: it leaves the list out"), mayStand: true }
    : unfulfilledRefusal();
}

/**
 * How many ports were granted: one, unless the answer tells of a set that begins where ours does. A server gives
 * fewer than asked for where it has to (RFC 7753 §4).
 */
export function grantedCount(
  { count = 1 }: Pick<LeaseKey, "count">,
  { internalPort }: Pick<MappingBody, "internalPort">,
  told: readonly Option[],
): number {
  const set = told.find((option) => option.name === "port-set");
  return set?.firstInternalPort === internalPort ? Math.min(set.size, count) : 1;
}

function portSet(
  { count = 1, internalPort }: LeaseKey,
  without: ReadonlySet<Dispensable>,
): readonly Option[] {
  if (count < 2 || without.has("port-set")) return [];
  return [{ name: "port-set", size: count, firstInternalPort: internalPort, parity: false }];
}

/** Who may come in, and nobody else (§13.3). */
export function filters(sources: readonly string[] = []): readonly Filter[] {
  if (sources.length === 0) return [];
  return [
    // Filters add up; this one takes away those of earlier requests.
    { name: "filter", prefixLength: 0, remotePort: 0, remoteAddress: unspecifiedAddress(6) },
    ...sources.map((source): Filter => {
      const { address, prefixLength } = prefixOf(source);
      return {
        name: "filter",
        prefixLength: sourceFamily(source) === 6 ? prefixLength : MAPPED_PREFIX + prefixLength,
        remotePort: 0,
        remoteAddress: address,
      };
    }),
  ];
}

function isSameFilter(asked: Filter, told: Option): boolean {
  return (
    told.name === "filter" &&
    told.prefixLength === asked.prefixLength &&
    told.remotePort === asked.remotePort &&
    sameAddress(told.remoteAddress, asked.remoteAddress)
  );
}
