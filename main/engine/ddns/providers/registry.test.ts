import { expect, it } from "vitest";
import { simulatedDnsWorld } from "../../../../test/dns/dns-world.ts";
import { dnsProviders } from "../../../../shared/dns-providers.ts";
import { accountSchema } from "../../../../shared/settings.ts";
import { createPublisher } from "./registry.ts";
import { urlProviders } from "./url-providers.ts";

const world = simulatedDnsWorld();

function serverOf(id: string): string {
  if (id === "custom") return "https://dyn.example/?a={ip}";
  return id === "dyndns2" ? "dyn.example" : "";
}

const isKnown = (provider: string): boolean => {
  const account = accountSchema.parse({ id: "a", provider });
  const publisher = createPublisher(world, account, "secret");
  return !("problem" in publisher && publisher.problem.code === "dns-provider-unknown");
};

it("knows every provider that is offered to people", () => {
  expect(isKnown("none-such")).toBe(false);
  expect(dnsProviders.map(({ id }) => id).filter((id) => !isKnown(id))).toEqual([]);
});

it("can do what people are told of it, and no less", () => {
  const secret = '{ "pk1_a sk1_b": key "k" { algorithm hmac-sha256; secret "c2VjcmV0"; }; }';
  for (const { id, ports = false, redirects = false } of dnsProviders) {
    const account = accountSchema.parse({ id: "a", provider: id, server: serverOf(id) });
    const made = createPublisher(world, account, secret);
    if ("kind" in made) throw new Error(`${id}: ${made.problem.message}`);
    const { types, redirects: can } = made.capabilities;
    expect([id, types.includes("SRV"), can === true]).toEqual([id, ports, redirects]);
  }
});

it("has every provider offered to people", () => {
  const offered = new Set(dnsProviders.map(({ id }) => id));
  expect(Object.keys(urlProviders).filter((id) => !offered.has(id))).toEqual([]);
});
