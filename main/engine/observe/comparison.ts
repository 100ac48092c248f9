/** Whether the address that a router tells is the one that the internet sees. */
import { addressScope } from "../../../shared/address-scope.ts";
import { problem } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";

/**
 * What is wrong where `told`, the address of the outermost router that maps for us, looks public and is not `seen`. Two
 * routers in a row whose inner address is called private are found without anybody being asked, and IPv6 is not
 * translated: both are no matter of this. Null `seen` is not known.
 */
export function differenceOf(told: string, seen: string | null): Problem | null {
  if (seen === null || seen === told || told.includes(":")) return null;
  if (addressScope(told) !== "public") return null;
  return problem("address-differs", `router ${told}, internet ${seen}`);
}
