/** Providers that answer browsers and send them on: one name, one place. */
import { problem } from "../../../../shared/problems.ts";
import type { Problem } from "../../../../shared/snapshot.ts";
import type { ApiZone } from "./zones.ts";

/** All functions throw Refused. */
export interface RedirectApi {
  /** Where `host` leads browsers; null where it leads them nowhere. */
  read(zone: ApiZone, host: string): Promise<string | null>;
  /** Replaces what is there. Calling it again, also after a call that was cut off, does no harm. */
  set(zone: ApiZone, host: string, location: string): Promise<void>;
  /** Also where there is none. */
  remove(zone: ApiZone, host: string): Promise<void>;
}

/** For providers without. */
export const noRedirects: Problem = problem("dns-no-redirect");
