/** What the window asks about names beyond the Snapshot: is this account right, what would be written, what was. */
import type { Answer, ParsedRequest, Result } from "../../../shared/contract.ts";
import { plannedRecords } from "./name-view.ts";
import type { Names } from "./names.ts";

export class NameQuestions {
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

  nameHistory(ref: ParsedRequest<"nameHistory">): Result<Answer<"nameHistory">> {
    return { ok: true, value: this.#names?.history(ref) ?? [] };
  }
}
