/** All providers, by the id that accounts name. */
import { problem } from "../../../../shared/problems.ts";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import { createUpdatePublisher } from "../update/publisher.ts";
import { createCloudflarePublisher } from "./cloudflare.ts";
import { createDesecPublisher } from "./desec.ts";
import { createDynuPublisher } from "./dynu.ts";
import { createDynv6Publisher } from "./dynv6.ts";
import { createHetznerPublisher } from "./hetzner.ts";
import { createPorkbunPublisher } from "./porkbun.ts";
import { cleanRefusal, guarded, redactor } from "./redaction.ts";
import { urlProviders } from "./url-providers.ts";
import { createUrlPublisher } from "./url-publisher.ts";

type PublisherFactory = (
  world: DnsWorld,
  account: AccountSetting,
  secret: string,
) => Publisher | Refusal;

const factories: Readonly<Record<string, PublisherFactory>> = {
  "dns-update": createUpdatePublisher,
  cloudflare: createCloudflarePublisher,
  desec: createDesecPublisher,
  dynv6: createDynv6Publisher,
  porkbun: createPorkbunPublisher,
  dynu: createDynuPublisher,
  hetzner: createHetznerPublisher,
  ...Object.fromEntries(
    Object.entries(urlProviders).map(([id, provider]): [string, PublisherFactory] => [
      id,
      (world, account, secret) => createUrlPublisher(provider, world, account, secret),
    ]),
  ),
};

/** The way to write an account's names, or why there is none. */
export function createPublisher(
  world: DnsWorld,
  account: AccountSetting,
  secret: string,
): Publisher | Refusal {
  const factory = Object.hasOwn(factories, account.provider)
    ? factories[account.provider]
    : undefined;
  const made = factory?.(world, account, secret) ?? {
    kind: "fatal",
    scope: "account",
    problem: problem("dns-provider-unknown", account.provider),
  };
  // Some are several words, of which each counts.
  const redact = redactor([secret, ...secret.split(/[\s"]+/).filter((word) => word.length > 7)]);
  return "kind" in made ? cleanRefusal(made, redact) : guarded(made, redact);
}
