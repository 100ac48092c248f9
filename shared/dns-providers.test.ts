import { expect, it } from "vitest";
import { dnsProviders, providerName } from "./dns-providers.ts";
import { accountSchema } from "./settings.ts";

it("names each provider once, by an id that an account may have", () => {
  const ids = dnsProviders.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(dnsProviders.map(({ name }) => name)).size).toBe(ids.length);
  for (const id of ids) expect(accountSchema.shape.provider.safeParse(id).success).toBe(true);
});

it("calls a provider it does not know by its id", () => {
  expect(providerName("duckdns")).toBe("DuckDNS");
  expect(providerName("of-tomorrow")).toBe("of-tomorrow");
});
