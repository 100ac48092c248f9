/** An account before it is used: may it look after a name, and what can its provider write? Changes nothing. */
import { problem } from "../../../shared/problems.ts";
import type { AccountSetting } from "../../../shared/settings.ts";
import type { DnsWorld } from "./lookup/exchange.ts";
import type { CheckOutcome, Publisher } from "./publisher.ts";
import type { Refusal } from "./refusal.ts";
import { createPublisher } from "./providers/registry.ts";
import type { SecretStore } from "./secret-store.ts";

export interface AccountQuestion {
  /** Need not be in the settings yet. */
  readonly account: AccountSetting;
  /** Used instead of the kept one; null asks the store. */
  readonly secret: string | null;
}

/** Asks the provider whether an account may look after `fqdn`. */
export async function checkAccount(
  world: DnsWorld,
  secrets: SecretStore,
  question: AccountQuestion,
  fqdn: string,
): Promise<CheckOutcome> {
  const made = await publisherFor(world, secrets, question);
  return "kind" in made ? made : made.check(fqdn);
}

/** The way an account would be written, or why there is none. */
export async function publisherFor(
  world: DnsWorld,
  secrets: SecretStore,
  { account, secret }: AccountQuestion,
): Promise<Publisher | Refusal> {
  let used: string | null;
  try {
    used = secret ?? (await secrets.read(account.id));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "fatal", scope: "account", problem: problem("dns-no-secret", why) };
  }
  if (used === null) return { kind: "fatal", scope: "account", problem: problem("dns-no-secret") };
  return createPublisher(world, account, used);
}
