/**
 * The engine's side of names: settings and exposures in, views out. Sorts names to accounts, asks for plans, and lets
 * each account's loop bring the DNS to them.
 */
import { dirname, join } from "node:path";
import { problem } from "../../../shared/problems.ts";
import type { NameUpdate } from "../../../shared/name-history.ts";
import type { AccountSetting, NameSetting, Settings } from "../../../shared/settings.ts";
import type { Name, Notice, Problem, SecretStorage } from "../../../shared/snapshot.ts";
import type { Environment, UdpAddress } from "../environment.ts";
import { type AccountQuestion, checkAccount, publisherFor } from "./account-check.ts";
import { AccountLoop } from "./account-loop.ts";
import { Witness } from "./lookup/witness.ts";
import { NameBook } from "./name-book.ts";
import { orphanView } from "./name-view.ts";
import { type NamedExposure, NamePlanner } from "./name-planner.ts";
import type { NamesNetwork } from "./network.ts";
import type { NamePlan } from "./plan.ts";
import type { CheckOutcome } from "./publisher.ts";
import { createPublisher } from "./providers/registry.ts";
import { Publication, type SettleTimes } from "./publication.ts";
import { RefusedSecrets } from "./refused-secret.ts";
import { SecretKeeping } from "./secret-keeping.ts";
import type { SecretStore } from "./secret-store.ts";
import { UpdateHistory } from "./update-history.ts";
import { parseServer } from "./update/server-address.ts";

export type { NamedExposure } from "./name-planner.ts";

export interface NamesOptions {
  readonly environment: Environment;
  readonly network: NamesNetwork;
  readonly secrets: SecretStore;
  /** Path of the name book. */
  readonly bookPath: string;
  readonly onChange: () => void;
  readonly settle?: SettleTimes;
}

const defaultSettle: SettleTimes = { quiet: 2000, most: 5000 };
export class Names {
  readonly #options: NamesOptions;
  readonly #book: NameBook;
  readonly #loops = new Map<string, AccountLoop>();
  readonly #witness: Witness;
  readonly #planner: NamePlanner;
  readonly #history: UpdateHistory;
  readonly #keeping: SecretKeeping;
  readonly #refused: RefusedSecrets;
  #settings: Pick<Settings, "accounts" | "names"> = { accounts: [], names: [] };
  #closed = false;

  constructor(options: NamesOptions) {
    this.#options = options;
    this.#witness = new Witness(options);
    const { clock, log } = options.environment;
    this.#book = new NameBook(options.bookPath, () => clock.now());
    this.#keeping = new SecretKeeping(options.secrets, options.onChange);
    this.#refused = new RefusedSecrets(this.#book);
    this.#planner = new NamePlanner(this.#book);
    const directory = join(dirname(options.bookPath), "name-updates");
    this.#history = new UpdateHistory({ clock, log, directory });
  }

  /** Reads what earlier runs published; sends nothing yet. */
  load(): readonly Notice[] {
    return this.#book.load();
  }

  /** The settings as they are from now on. */
  configure({ accounts, names }: Pick<Settings, "accounts" | "names">): void {
    if (this.#keeping.storage === null) void this.#keeping.look();
    const before = this.#settings.accounts;
    this.#settings = { accounts, names };
    for (const account of accounts) {
      const old = before.find(({ id }) => id === account.id);
      if (this.#loops.has(account.id) && JSON.stringify(old) === JSON.stringify(account)) continue;
      void this.#connect(account);
    }
    for (const [id, loop] of this.#loops) {
      if (accounts.some((account) => account.id === id)) continue;
      loop.close();
      this.#loops.delete(id);
    }
    this.#plan();
  }

  /** What is exposed from now on; called after each change, also of nothing that matters here. */
  exposures(exposures: readonly NamedExposure[]): void {
    if (!this.#planner.expose(exposures)) return;
    this.#plan();
  }

  /** The secret of an account was entered or removed. */
  async secretChanged(id: string): Promise<void> {
    const account = this.#settings.accounts.find((one) => one.id === id);
    if (account !== undefined) await this.#connect(account);
  }

  /** Null where nothing can be chosen, or while it is not known. */
  get secretStorage(): SecretStorage | null {
    return this.#keeping.storage;
  }

  /** Without a keychain: secrets into a private file, or that file deleted; a notice when it cannot be. */
  allowSecretFile(allowed: boolean): Promise<Notice | null> {
    return this.#keeping.allowFile(allowed);
  }

  /** Keeps an account's secret (null removes it) and uses it at once; a notice when it cannot be kept. */
  async keepSecret(id: string, secret: string | null): Promise<Notice | null> {
    const trouble = await this.#keeping.keep(id, secret);
    if (trouble === null) await this.secretChanged(id);
    return trouble;
  }

  /** Asks the provider whether an account may look after `fqdn`, without changing anything. */
  check(question: AccountQuestion, fqdn: string): Promise<CheckOutcome> {
    return checkAccount(this.#options, this.#options.secrets, question, fqdn);
  }

  /** What would be written for a name; neither it nor its account need be in the settings. Nothing is sent. */
  async preview(name: NameSetting, question: AccountQuestion): Promise<NamePlan> {
    const made = await publisherFor(this.#options, this.#options.secrets, question);
    return this.#planner.plan(name, "kind" in made ? null : made.capabilities);
  }

  /** The last updates of a name, newest first. */
  history(ref: Pick<NameSetting, "fqdn" | "account">): readonly NameUpdate[] {
    return this.#history.of(ref);
  }

  /** The user wants it written and checked now. */
  updateNow(fqdn: string): void {
    for (const loop of this.#loops.values()) loop.hurry(fqdn);
  }

  /** The network changed or the PC woke up. */
  poke(): void {
    this.#witness.forget();
    for (const loop of this.#loops.values()) loop.poke();
  }

  /** Sorted by name. */
  views(): readonly Name[] {
    const views = [...this.#loops.values()].flatMap((loop) => loop.views());
    const orphans = this.#settings.names.flatMap((name) =>
      this.#loops.has(name.account) ? [] : [orphanView(name)],
    );
    return [...views, ...orphans].toSorted(
      (a, b) => a.fqdn.localeCompare(b.fqdn) || a.account.localeCompare(b.account),
    );
  }

  /** Leaves the DNS as it is and stops. */
  close(): void {
    this.#closed = true;
    for (const loop of this.#loops.values()) loop.close();
  }

  /** Builds the account's publisher from its settings and secret. */
  async #connect(account: AccountSetting): Promise<void> {
    const loop = this.#loopOf(account);
    const { secrets, network, environment } = this.#options;
    let secret: string | null = null;
    let trouble: Problem | null = null;
    try {
      secret = await secrets.read(account.id);
      if (secret === null) trouble = problem("dns-no-secret");
    } catch (error) {
      trouble = problem("dns-no-secret", error instanceof Error ? error.message : String(error));
    }
    if (this.#closed || this.#loops.get(account.id) !== loop) return;
    if (secret === null) {
      loop.attach(null, trouble);
    } else {
      if (this.#refused.isOther(account, secret)) loop.rearm();
      const made = createPublisher({ environment, network }, account, secret);
      if ("kind" in made) loop.attach(null, made.problem);
      else loop.attach(made, null);
    }
    this.#plan();
  }

  #loopOf(account: AccountSetting): AccountLoop {
    const existing = this.#loops.get(account.id);
    if (existing !== undefined) return existing;
    const { environment, onChange, secrets } = this.#options;
    const loop = new AccountLoop({
      environment,
      book: this.#book,
      id: account.id,
      observe: (fqdn, refs) => this.#witness.observe(fqdn, this.#serverOf(account.id), refs),
      onWritten: (fqdn, changes, outcome) =>
        this.#history.note({ fqdn, account: account.id }, changes, outcome),
      cachedUntil: (published) => this.#witness.cachedUntil(published),
      onRefused: () => {
        void secrets.read(account.id).then(
          (secret) => {
            const now = this.#settings.accounts.find(({ id }) => id === account.id);
            if (secret === null || now === undefined) return null;
            this.#refused.remember(now, secret);
            this.#save();
            return null;
          },
          () => null,
        );
      },
      onAbilities: () => this.#plan(),
      onChange,
    });
    this.#loops.set(account.id, loop);
    return loop;
  }

  /** Gives every publication its plan; forgets those that are done with. */
  #plan(): void {
    if (!this.#planner.ready) return;
    for (const [id, loop] of this.#loops) {
      const provider = this.#settings.accounts.find((account) => account.id === id)?.provider ?? "";
      const settings = new Map(
        this.#settings.names.flatMap((name) => (name.account === id ? [[name.fqdn, name]] : [])),
      );
      const left = this.#book
        .names()
        .flatMap(({ account, fqdn }) => (account === id ? [fqdn] : []));
      for (const fqdn of new Set([...settings.keys(), ...left])) {
        this.#planOne(loop, id, provider, fqdn, settings.get(fqdn) ?? null);
      }
      loop.look();
    }
    this.#save();
    this.#options.onChange();
  }

  #save(): void {
    try {
      this.#book.save();
    } catch (error) {
      // The loops save again before they ask anybody, and say so.
      this.#options.environment.log.warn("the name book cannot be written", {
        error: String(error),
      });
    }
  }

  #planOne(
    loop: AccountLoop,
    account: string,
    provider: string,
    fqdn: string,
    setting: NameSetting | null,
  ): void {
    const { environment, settle = defaultSettle } = this.#options;
    let publication = loop.find(fqdn);
    if (publication === null) {
      const { clock } = environment;
      publication = new Publication({ clock, book: this.#book, fqdn, account, provider, settle });
      loop.add(publication);
    }
    const capabilities = loop.publisher?.capabilities ?? null;
    const plan = setting === null ? nothing : this.#planner.plan(setting, capabilities);
    publication.want(setting, plan, capabilities);
    // What cannot be taken away stays where it is, and is nobody's any more.
    const stays = setting === null && loop.publisher?.capabilities.removes === false;
    if (!publication.gone && !stays) return;
    loop.remove(fqdn);
    this.#book.forgetName(fqdn, account);
    if (setting === null) this.#history.forget({ fqdn, account });
  }

  /** The server that an account of the kind “own DNS server” names. */
  #serverOf(id: string): UdpAddress | null {
    const account = this.#settings.accounts.find((one) => one.id === id);
    const parsed = parseServer(account?.provider === "dns-update" ? account.server : "");
    return parsed.kind === "server" ? parsed.server : null;
  }
}

const nothing: NamePlan = {
  rrsets: [],
  intents: { ipv4: "clear", ipv6: "clear" },
  problems: [],
  shares: [],
};
