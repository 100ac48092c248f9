/** RemoteHost of a mapping (WANIPConnection:2 §2.3.16) or of a pinhole: one address, no prefix and no list. */
import type { LeaseKey, Refusal } from "../port-mapper.ts";
import { sourcesRefusal } from "../sources-refusal.ts";

/** What to ask for; empty for everybody. */
export function remoteHostOf({ sources = [] }: Pick<LeaseKey, "sources">): string | Refusal {
  const [only = "", ...others] = sources;
  return others.length > 0 || only.includes("/")
    ? sourcesRefusal("UPnP takes one address alone")
    : only;
}
