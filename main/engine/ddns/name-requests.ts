/** What the window asks of names and has to be waited for: is an account right, what would be written, what was. */
import type { Answer, ParsedRequest, Result } from "../../../shared/contract.ts";
import { plannedRecords } from "./name-view.ts";
import type { Names } from "./names.ts";

export class NameRequests {
  readonly #names: Names | null;

  /** Null where no names are written. */
  constructor(names: Names | null) {
    this.#names = names;
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
}
