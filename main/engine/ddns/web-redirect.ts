/**
 * The second name of the two-name model: one that browsers are sent on from, to the address and port of a web server.
 * It cannot be the name that leads here itself, since its addresses are those of the provider that answers browsers.
 */
import { problem } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { PlanInput } from "./plan-input.ts";
import type { Rrset } from "./rrset.ts";
import type { TargetPlan } from "./targets.ts";

/** Ports that browsers take when none is given; what a server listens on by itself is nothing to them. */
export const webPorts = { http: 80, https: 443 } as const;

export interface RedirectPlan {
  /** Null where none is wanted, or none can be had. */
  readonly rrset: Rrset | null;
  /** Key of the service it leads to; null without one. */
  readonly service: string | null;
  readonly problems: readonly Problem[];
}

/**
 * Leads to the first web server whose address is known. Also while its port is the usual one: the name that friends
 * know must not go away when the router gives that port again.
 */
export function planRedirect(
  { name: { fqdn, webName }, capabilities, services }: PlanInput,
  targets: TargetPlan,
): RedirectPlan {
  if (webName === "") return none();
  if (webName === fqdn) return none(problem("dns-web-name", fqdn));
  for (const { key, hint } of services) {
    const [way] = targets.ways.get(key) ?? [];
    if (hint.scheme === null || way === undefined) continue;
    if (capabilities.redirects !== true) return none(capabilities.redirects);
    const port = way.port === webPorts[hint.scheme] ? "" : `:${way.port}`;
    const location = `${hint.scheme}://${way.host}${port}`;
    return {
      rrset: { name: webName, type: "REDIRECT", ttl: 0, data: [{ type: "REDIRECT", location }] },
      service: key,
      problems: [],
    };
  }
  return none();
}

/** What was published of it, while nobody can tell where it should lead. */
export function preservedRedirect({
  name: { webName },
  services,
  published,
}: PlanInput): readonly Rrset[] {
  const unknown = services.some(
    ({ hint, endpoints }) => hint.scheme !== null && endpoints.length === 0,
  );
  return published.filter(({ name, type }) => unknown && type === "REDIRECT" && name === webName);
}

function none(...problems: readonly Problem[]): RedirectPlan {
  return { rrset: null, service: null, problems };
}
