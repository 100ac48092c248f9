/**
 * URL forwards of Porkbun (API v3, `/domain/…UrlForward…`). Porkbun adds and takes away the alias to its own servers by
 * itself. A forward cannot be edited, so the old one goes first; a crash in between leaves none, and the next run sets it.
 */
import { z } from "zod";
import type { RedirectApi } from "./redirects.ts";
import { type ApiZone, labelIn } from "./zones.ts";

const forwardsSchema = z.object({
  forwards: z
    .array(
      z.object({
        id: z.union([z.string(), z.number()]).transform(String),
        subdomain: z.string().default(""),
        location: z.string(),
      }),
    )
    .default([]),
});
type Forward = z.infer<typeof forwardsSchema>["forwards"][number];

/** A call with the account's keys in its body. */
export type PorkbunCall = <T>(path: string, schema: z.ZodType<T>, body?: object) => Promise<T>;

export class PorkbunRedirects implements RedirectApi {
  readonly #call: PorkbunCall;

  constructor(call: PorkbunCall) {
    this.#call = call;
  }

  async read(zone: ApiZone, host: string): Promise<string | null> {
    const [forward] = await this.#forwards(zone, host);
    return forward === undefined ? null : forward.location.replace(/\/$/, "");
  }

  async set(zone: ApiZone, host: string, location: string): Promise<void> {
    await this.remove(zone, host);
    await this.#call(`/domain/addUrlForward/${zone.id}`, z.unknown(), {
      subdomain: labelIn(host, zone, ""),
      location,
      // 302, so that browsers ask again after the port has changed.
      type: "temporary",
      includePath: "yes",
      wildcard: "no",
    });
  }

  async remove(zone: ApiZone, host: string): Promise<void> {
    for (const { id } of await this.#forwards(zone, host)) {
      await this.#call(`/domain/deleteUrlForward/${zone.id}/${id}`, z.unknown());
    }
  }

  async #forwards(zone: ApiZone, host: string): Promise<readonly Forward[]> {
    const path = `/domain/getUrlForwarding/${zone.id}`;
    const { forwards } = await this.#call(path, forwardsSchema);
    const label = labelIn(host, zone, "");
    return forwards.filter(({ subdomain }) => subdomain === label);
  }
}
