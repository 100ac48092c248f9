import { expect, it } from "vitest";
import { dnsProviders } from "../../../../shared/dns-providers.ts";
import { accountSchema } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import { createPublisher } from "./registry.ts";
import { urlProviders } from "./url-providers.ts";

const isKnown = (provider: string): boolean => {
  const account = accountSchema.parse({ id: "a", provider });
  const publisher = createPublisher({} as DnsWorld, account, "secret");
  return !("problem" in publisher && publisher.problem.code === "dns-provider-unknown");
};

it("knows every provider that is offered to people", () => {
  expect(isKnown("none-such")).toBe(false);
  expect(dnsProviders.map(({ id }) => id).filter((id) => !isKnown(id))).toEqual([]);
});

it("has every provider offered to people", () => {
  const offered = new Set(dnsProviders.map(({ id }) => id));
  expect(Object.keys(urlProviders).filter((id) => !offered.has(id))).toEqual([]);
});
