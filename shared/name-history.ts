/** What became of the updates of a name, newest first. Asked for on demand, since it would make every Snapshot long. */
import { z } from "zod";
import { isProblemCode, type ProblemCode } from "./problems.ts";

const changeSchema = z.strictObject({
  name: z.string().max(255),
  /** E.g. `A`, `SRV`. */
  type: z.string().max(20),
  /** Values as in a zone file; empty where there was or is none. */
  from: z.array(z.string().max(4096)).max(50),
  to: z.array(z.string().max(4096)).max(50),
});

const nameUpdateSchema = z.strictObject({
  at: z.iso.datetime(),
  /** `conflict`: something else stood there, so nothing was written. */
  outcome: z.enum(["written", "conflict", "refused", "failed"]),
  changes: z.array(changeSchema).max(50),
  /** Why it was not written, with the provider's own words; null where it was. */
  error: z
    .strictObject({ code: z.custom<ProblemCode>(isProblemCode), message: z.string().max(1000) })
    .nullable(),
  /** How often the same came of it one after the other; `at` is the last time. */
  times: z.number().int().min(1),
});
export type NameUpdate = Readonly<z.infer<typeof nameUpdateSchema>>;

/** Updates of a name that are remembered. */
export const UPDATES_KEPT = 50;

export const nameUpdatesSchema = z.array(nameUpdateSchema).max(UPDATES_KEPT);
