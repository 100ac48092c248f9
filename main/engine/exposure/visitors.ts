/** Who may come in by which way: each way has visitors of its own family alone. */
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Mapping, Problem } from "../../../shared/snapshot.ts";
import { sourcesOfFamily } from "../../../shared/sources.ts";
import { familyOf, type Layer } from "../gateway/layer.ts";

/**
 * Who is let in by one way; empty: everybody. Null: nobody could come by it, so that it stays closed. The outer one of
 * two routers lets in everybody, since what comes through it has to pass the inner one.
 */
export function visitorsOf(
  { sources = [] }: Pick<ExposureIntent, "sources">,
  layer: Layer,
): readonly string[] | null {
  if (layer === "upstream") return [];
  return sourcesOfFamily(sources, familyOf(layer));
}

/** Why a way stays closed that nobody may come by. */
export function nobodyComes(layer: "ipv4" | "ipv6"): Problem {
  return problem(layer === "ipv4" ? "no-ipv4-visitors" : "no-ipv6-visitors");
}

/** The way over IPv6, where nobody may come by it. */
export const closedIpv6: Mapping = {
  state: "failed",
  gateway: null,
  protocol: null,
  endpoint: null,
  expiresAt: null,
  lifetime: null,
  error: nobodyComes("ipv6"),
};
