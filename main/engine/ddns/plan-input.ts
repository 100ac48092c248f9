/** What a plan of records is made from. */
import type { NameSetting } from "../../../shared/settings.ts";
import type { Endpoint, Problem } from "../../../shared/snapshot.ts";
import type { Rrset } from "./rrset.ts";
import type { RecordType } from "./wire/rdata.ts";

/** What client programs of a kind of server look for in the DNS. */
export interface ServiceHint {
  /** The first two labels of the SRV record they look up, e.g. `_minecraft._tcp`; null when they do not. */
  readonly srv: string | null;
  /** The port they use when none is given; null when one has to be given. */
  readonly defaultPort: number | null;
  readonly scheme: "http" | "https" | null;
}

export const noHint: ServiceHint = { srv: null, defaultPort: null, scheme: null };

export interface KnownEndpoint extends Endpoint {
  /** Why it leads nowhere although its address looks public; absent where nothing says so. */
  readonly refusal?: Problem;
}

/** An Exposure as the names see it. */
export interface ExposedService {
  /** E.g. `tcp/25565`. */
  readonly key: string;
  /** At most one a family; empty while unknown. */
  readonly endpoints: readonly KnownEndpoint[];
  readonly hint: ServiceHint;
}

export interface PlanCapabilities {
  readonly types: readonly RecordType[];
  /** False where the provider keeps one host name and nothing beside or below it. */
  readonly namesBelow: boolean;
  /** Seconds. */
  readonly minimumTtl: number;
  /** False where records can be changed but not taken away. */
  readonly removes: boolean;
  /** Whether a name can send browsers on; else why not. */
  readonly redirects: true | Problem;
}

export interface PlanInput {
  readonly name: NameSetting;
  readonly capabilities: PlanCapabilities;
  /** Those that the name is for. */
  readonly services: readonly ExposedService[];
  readonly published: readonly Rrset[];
  /** The text of the ownership marker. */
  readonly marker: string;
}
