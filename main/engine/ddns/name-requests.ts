/** What the user asks of names: to keep them, is an account right, what would be written, what was. */
import type { Answer, ParsedRequest, Result } from "../../../shared/contract.ts";
import type { Settings } from "../../../shared/settings.ts";
import type { Notice } from "../../../shared/snapshot.ts";
import { withAccount, withName, withoutAccount, withoutName } from "./name-settings.ts";
import { plannedRecords } from "./name-view.ts";
import type { Names } from "./names.ts";

export interface NameRequestsOptions {
  /** Null where no names are written. */
  readonly names: Names | null;
  readonly settings: () => Settings;
  readonly save: (settings: Settings) => void;
  readonly notify: (notice: Notice) => void;
}

export class NameRequests {
  readonly #options: NameRequestsOptions;
  readonly #names: Names | null;

  constructor(options: NameRequestsOptions) {
    this.#options = options;
    this.#names = options.names;
  }

  setName(name: ParsedRequest<"setName">): void {
    this.#options.save(withName(this.#options.settings(), name));
  }

  removeName(ref: ParsedRequest<"removeName">): void {
    this.#options.save(withoutName(this.#options.settings(), ref));
  }

  updateName({ fqdn }: ParsedRequest<"updateName">): void {
    this.#names?.updateNow(fqdn);
  }

  setAccount({ secret, ...account }: ParsedRequest<"setAccount">): void {
    if (secret !== undefined) this.#keepSecret(account.id, secret);
    this.#options.save(withAccount(this.#options.settings(), account));
  }

  removeAccount({ id }: ParsedRequest<"removeAccount">): void {
    this.#keepSecret(id, null);
    this.#options.save(withoutAccount(this.#options.settings(), id));
  }

  async testAccount({
    account,
    secret,
    fqdn,
  }: ParsedRequest<"testAccount">): Promise<Result<Answer<"testAccount">>> {
    const outcome = await this.#names?.check({ account, secret: secret ?? null }, fqdn);
    if (outcome === undefined) return { ok: true, value: "untestable" };
    return "problem" in outcome
      ? { ok: false, error: outcome.problem }
      : { ok: true, value: outcome.kind };
  }

  async previewName({
    account,
    secret,
    name,
  }: ParsedRequest<"previewName">): Promise<Result<Answer<"previewName">>> {
    const plan = await this.#names?.preview(name, { account, secret: secret ?? null });
    if (plan === undefined) return { ok: true, value: { records: [], shares: [], problems: [] } };
    const { rrsets, shares, problems } = plan;
    return {
      ok: true,
      value: {
        records: plannedRecords(rrsets),
        shares: shares.map(({ key, text }) => ({ exposure: key, text })),
        problems,
      },
    };
  }

  async chooseSecretStorage({ file }: ParsedRequest<"chooseSecretStorage">): Promise<Result<null>> {
    const trouble = await this.#names?.allowSecretFile(file);
    return trouble === undefined || trouble === null
      ? { ok: true, value: null }
      : { ok: false, error: { code: trouble.id, message: trouble.message } };
  }

  nameHistory(ref: ParsedRequest<"nameHistory">): Result<Answer<"nameHistory">> {
    return { ok: true, value: this.#names?.history(ref) ?? [] };
  }

  #keepSecret(account: string, secret: string | null): void {
    void this.#names
      ?.keepSecret(account, secret)
      .then((trouble) => trouble && this.#options.notify(trouble));
  }
}
