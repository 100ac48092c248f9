/** What stands in the form of a name and its account, and the commands that it comes to. */
import type { Request } from "../../shared/contract.ts";
import { type DnsProvider, dnsProviders } from "../../shared/dns-providers.ts";
import { hasNoCredentials } from "../../shared/account-server.ts";
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import { type HostNameText, readHostName } from "./host-name.ts";

export interface NameDraft {
  readonly fqdn: string;
  /** Id of an account there is; null for a new one. */
  readonly account: string | null;
  readonly provider: string;
  readonly user: string;
  /** Empty leaves the one there is. */
  readonly secret: string;
  readonly server: string;
  readonly zone: string;
  readonly exposures: NameSetting["exposures"];
  readonly addresses: NameSetting["addresses"];
  readonly whenUnused: NameSetting["whenUnused"];
  readonly takeOver: boolean;
  /** As it is typed; empty for none. */
  readonly webName: string;
}

type DraftField = "fqdn" | "webName" | "user" | "secret" | "server" | "zone" | "exposures";
export type DraftErrors = Partial<Readonly<Record<DraftField, string>>>;

export interface ReadyDraft {
  readonly ok: true;
  /** Null where the account stays as it is. */
  readonly account: Request<"setAccount"> | null;
  readonly name: Request<"setName">;
}
export type ReadDraft = { readonly ok: false; readonly errors: DraftErrors } | ReadyDraft;

const fresh: NameDraft = {
  fqdn: "",
  account: null,
  provider: "duckdns",
  user: "",
  secret: "",
  server: "",
  zone: "",
  exposures: "all",
  addresses: "both",
  whenUnused: "remove",
  takeOver: false,
  webName: "",
};

/** A new name, at the account that was used last if there is one. */
export function newDraft(accounts: readonly AccountSetting[]): NameDraft {
  const last = accounts.at(-1);
  return last === undefined ? fresh : { ...fresh, ...accountPart(last) };
}

export function draftOf(name: NameSetting, account: AccountSetting | undefined): NameDraft {
  const { fqdn, exposures, addresses, whenUnused, takeOver, webName } = name;
  const own = { fqdn, exposures, addresses, whenUnused, takeOver, webName };
  return account === undefined
    ? { ...fresh, ...own }
    : { ...fresh, ...accountPart(account), ...own };
}

/** The draft with another account, of which nothing has been typed yet. */
export function withAccount(draft: NameDraft, account: AccountSetting): NameDraft {
  return { ...draft, ...accountPart(account), secret: "" };
}

/** The draft with a new account at `provider`. */
export function withProvider(draft: NameDraft, provider: string): NameDraft {
  return { ...draft, account: null, provider, user: "", secret: "", server: "", zone: "" };
}

function accountPart({ id, provider, user, server, zone }: AccountSetting) {
  return { account: id, provider, user, server, zone };
}

export function providerOf(draft: Pick<NameDraft, "provider">): DnsProvider {
  const known = dnsProviders.find(({ id }) => id === draft.provider);
  return (
    known ?? {
      id: draft.provider,
      name: draft.provider,
      user: "User",
      secret: "Password",
      help: "",
    }
  );
}

/** `before` is the name that is changed; null for a new one. */
export function readDraft(
  draft: NameDraft,
  { accounts, names }: { accounts: readonly AccountSetting[]; names: readonly NameSetting[] },
  before: NameSetting | null,
): ReadDraft {
  const provider = providerOf(draft);
  const known = accounts.find(({ id }) => id === draft.account);
  const fqdn = before === null ? readHostName(draft.fqdn, provider.suffix) : null;
  const zone = draft.zone.trim() === "" ? null : readHostName(draft.zone);
  const webName = draft.webName.trim() === "" ? null : readHostName(draft.webName);
  const [user, server] = [draft.user.trim(), draft.server.trim()];
  const isTaken = names.some((name) => name.fqdn === named(fqdn) && name.account === draft.account);
  const missing = (label: string): string => `${label} is missing.`;
  const errors: DraftErrors = {
    ...(fqdn?.ok === false && { fqdn: fqdn.error }),
    ...(isTaken && { fqdn: "This name is in the list already." }),
    ...(zone?.ok === false && { zone: zone.error }),
    ...(provider.user !== null &&
      provider.id !== "custom" &&
      user === "" && { user: missing(provider.user) }),
    ...(draft.account === null &&
      provider.id !== "custom" &&
      draft.secret === "" && { secret: missing(provider.secret) }),
    ...(provider.server?.required === true &&
      server === "" && { server: missing(provider.server.label) }),
    ...(!hasNoCredentials(server) && {
      server: "Leave user and password out of the address; they have fields of their own.",
    }),
    ...(webName !== null && webNameError(webName, before?.fqdn ?? named(fqdn), names)),
    ...(draft.exposures !== "all" &&
      draft.exposures.length === 0 && { exposures: "Choose what the name leads to." }),
  };
  if (Object.keys(errors).length > 0) return { ok: false, errors };
  const account = {
    id: draft.account ?? freeId(provider.id, accounts),
    provider: draft.provider,
    label: known?.label ?? "",
    user,
    server,
    zone: named(zone) ?? "",
  };
  const unchanged = known !== undefined && draft.secret === "" && isSame(known, account);
  return {
    ok: true,
    account: unchanged
      ? null
      : { ...account, ...(draft.secret !== "" && { secret: draft.secret }) },
    name: {
      ...before,
      fqdn: before?.fqdn ?? named(fqdn) ?? "",
      account: before?.account ?? account.id,
      exposures: draft.exposures === "all" ? "all" : [...draft.exposures],
      addresses: draft.addresses,
      whenUnused: draft.whenUnused,
      takeOver: draft.takeOver,
      webName: named(webName) ?? "",
    },
  };
}

/** One name cannot both lead here and be answered by the provider. */
function webNameError(
  webName: HostNameText,
  fqdn: string | null,
  names: readonly NameSetting[],
): Pick<DraftErrors, "webName"> {
  if (!webName.ok) return { webName: webName.error };
  const isTaken = webName.name === fqdn || names.some((name) => name.fqdn === webName.name);
  return isTaken ? { webName: "It has to be another name than those that lead here." } : {};
}

function named(text: HostNameText | null): string | null {
  return text?.ok === true ? text.name : null;
}

function isSame(a: AccountSetting, b: AccountSetting): boolean {
  return a.user === b.user && a.server === b.server && a.zone === b.zone;
}

/** `duckdns`, `duckdns-2`, … */
function freeId(provider: string, accounts: readonly AccountSetting[]): string {
  const taken = new Set(accounts.map(({ id }) => id));
  let id = provider;
  for (let count = 2; taken.has(id); count += 1) id = `${provider}-${count}`;
  return id;
}
