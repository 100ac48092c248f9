/** The last updates of each name, on disk: one small file a name, so that noting one does not rewrite all. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type NameUpdate, nameUpdatesSchema, UPDATES_KEPT } from "../../../shared/name-history.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { Clock, Logger } from "../environment.ts";
import { readCheckedFile, writeJsonFile } from "../files/json-file.ts";
import type { WriteOutcome } from "./publisher.ts";
import { type RrsetChange, setText } from "./rrset.ts";

export interface UpdateHistoryOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Folder of the files; made when absent. */
  readonly directory: string;
}

interface NameRef {
  readonly fqdn: string;
  readonly account: string;
}

export class UpdateHistory {
  readonly #options: UpdateHistoryOptions;
  /** What was read or noted in this run. */
  readonly #known = new Map<string, readonly NameUpdate[]>();

  constructor(options: UpdateHistoryOptions) {
    this.#options = options;
  }

  /** Newest first. */
  of(ref: NameRef): readonly NameUpdate[] {
    const path = this.#pathOf(ref);
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const read = readCheckedFile(path, nameUpdatesSchema, this.#options.clock.now());
    if (read.kind === "damaged")
      this.#options.log.warn("a history of updates is damaged", { path });
    const updates = read.kind === "value" ? read.value : [];
    this.#known.set(path, updates);
    return updates;
  }

  /** Never throws: nothing depends on it. */
  note(ref: NameRef, changes: readonly RrsetChange[], outcome: WriteOutcome): void {
    const path = this.#pathOf(ref);
    const at = new Date(this.#options.clock.now()).toISOString();
    const update: NameUpdate = {
      at,
      outcome: outcomeWords[outcome.kind],
      changes: changes.slice(0, 50).map(({ name, type, before, after }) => ({
        name,
        type,
        from: (before ?? []).map(setText),
        to: after.map(setText),
      })),
      error: "problem" in outcome ? shortened(outcome.problem) : null,
      times: 1,
    };
    const [last, ...older] = this.of(ref);
    const updates =
      last !== undefined && isRepeated(last, update)
        ? [{ ...update, times: last.times + 1 }, ...older]
        : [update, ...(last === undefined ? [] : [last]), ...older].slice(0, UPDATES_KEPT);
    this.#known.set(path, updates);
    try {
      writeJsonFile(path, updates);
    } catch (error) {
      this.#options.log.warn("a history of updates cannot be written", { error: String(error) });
    }
  }

  forget(ref: NameRef): void {
    const path = this.#pathOf(ref);
    this.#known.delete(path);
    rmSync(path, { force: true });
  }

  /** Names and account ids hold letters, digits, hyphens and dots alone, so the file's name is safe. */
  #pathOf({ fqdn, account }: NameRef): string {
    return join(this.#options.directory, `${account}_${fqdn}.json`);
  }
}

const outcomeWords = {
  done: "written",
  conflict: "conflict",
  fatal: "refused",
  later: "failed",
} as const;

function shortened({ code, message }: Problem): Problem {
  return { code, message: message.slice(0, 1000) };
}

/** An attempt that failed like the one before says nothing new; a provider that is away for a day would fill the list. */
function isRepeated(last: NameUpdate, next: NameUpdate): boolean {
  const what = ({ outcome, changes, error }: NameUpdate): string =>
    JSON.stringify([outcome, changes, error]);
  return next.outcome !== "written" && what(last) === what(next);
}
