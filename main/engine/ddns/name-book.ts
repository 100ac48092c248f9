/**
 * What we published where, on disk: after a crash it is known what is ours, what was refused for good, and how long to
 * wait. The wishes are in the settings; secrets are in neither.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Notice } from "../../../shared/snapshot.ts";
import { keptAs, readCheckedFile, writeJsonFile } from "../files/json-file.ts";
import { policyStateSchema } from "./policy.ts";
import { parseSetText, type Rrset, setText } from "./rrset.ts";
import { WireError } from "./wire/reader.ts";

const storedTypes = z.enum(["A", "AAAA", "CNAME", "NS", "SRV", "TXT", "SVCB", "HTTPS", "REDIRECT"]);

const rrsetSchema = z
  .strictObject({
    name: z.string().max(255),
    type: storedTypes,
    ttl: z.number().int().min(0),
    values: z.array(z.string().max(4096)).min(1).max(50),
  })
  .transform(({ name, type, ttl, values }, context): Rrset => {
    try {
      return { name, type, ttl, data: values.map((value) => parseSetText(type, value)) };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });

const hintSchema = z.strictObject({
  srv: z.string().nullable(),
  defaultPort: z.number().int().nullable(),
  scheme: z.enum(["http", "https"]).nullable(),
});

const nameEntrySchema = z.strictObject({
  fqdn: z.string(),
  account: z.string(),
  published: z.array(rrsetSchema).max(200),
  /** When the provider last accepted a change. */
  lastChange: z.iso.datetime().nullable(),
  policy: policyStateSchema,
});
export type NameEntry = Readonly<z.infer<typeof nameEntrySchema>>;

const accountEntrySchema = z.strictObject({
  id: z.string(),
  policy: policyStateSchema,
  /** Salted scrypt of account and secret that were refused for good; another one means that the user edited them. */
  refused: z.strictObject({ salt: z.string(), hash: z.string() }).nullable().default(null),
});
export type AccountEntry = Readonly<z.infer<typeof accountEntrySchema>>;

const bookSchema = z.strictObject({
  version: z.literal(1),
  /** Names this installation in ownership markers. */
  installation: z.uuid(),
  names: z.array(nameEntrySchema).max(2000),
  accounts: z.array(accountEntrySchema).max(500),
  /** What each exposure last was known to be, by its key. */
  hints: z.record(z.string(), hintSchema).default({}),
});
type Hint = Readonly<z.infer<typeof hintSchema>>;

export class NameBook {
  readonly #path: string;
  readonly #now: () => number;
  #unsaved = false;
  #installation: string = randomUUID();
  readonly #names = new Map<string, NameEntry>();
  readonly #accounts = new Map<string, AccountEntry>();
  readonly #hints = new Map<string, Hint>();

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** Reads the book; a damaged one is kept aside and told. */
  load(): Notice[] {
    const read = readCheckedFile(this.#path, bookSchema, this.#now());
    if (read.kind === "absent") return [];
    if (read.kind === "damaged") {
      return [
        {
          id: "name-book-damaged",
          level: "warning",
          message: `The record of DNS names written earlier could not be read${keptAs(read.aside)}. Records that Homeport made before may have to be allowed again.`,
        },
      ];
    }
    const { installation, names, accounts, hints } = read.value;
    this.#installation = installation;
    for (const entry of names) this.#names.set(keyOf(entry), entry);
    for (const entry of accounts) this.#accounts.set(entry.id, entry);
    for (const [key, hint] of Object.entries(hints)) this.#hints.set(key, hint);
    return [];
  }

  /** Text of the ownership marker. */
  get marker(): string {
    return `heritage=homeport,installation=${this.#installation}`;
  }

  names(): readonly NameEntry[] {
    return [...this.#names.values()];
  }

  name(fqdn: string, account: string): NameEntry | null {
    return this.#names.get(keyOf({ fqdn, account })) ?? null;
  }

  account(id: string): AccountEntry | null {
    return this.#accounts.get(id) ?? null;
  }

  hint(key: string): Hint | null {
    return this.#hints.get(key) ?? null;
  }

  /** Kept in memory, as by the others, until `save`. */
  putName(entry: NameEntry): void {
    this.#names.set(keyOf(entry), entry);
    this.#unsaved = true;
  }

  forgetName(fqdn: string, account: string): void {
    if (this.#names.delete(keyOf({ fqdn, account }))) this.#unsaved = true;
  }

  putAccount(entry: AccountEntry): void {
    this.#accounts.set(entry.id, entry);
    this.#unsaved = true;
  }

  putHint(key: string, hint: Hint): void {
    if (JSON.stringify(this.#hints.get(key)) === JSON.stringify(hint)) return;
    this.#hints.set(key, hint);
    this.#unsaved = true;
  }

  /** Writes what changed, in one step; throws the system's error, and nothing may be asked of a provider then. */
  save(): void {
    if (!this.#unsaved) return;
    writeJsonFile(this.#path, {
      version: 1,
      installation: this.#installation,
      names: this.names().map((entry) => ({
        ...entry,
        published: entry.published.map(({ name, type, ttl, data }) => ({
          name,
          type,
          ttl,
          values: data.map(setText),
        })),
      })),
      accounts: [...this.#accounts.values()],
      hints: Object.fromEntries(this.#hints),
    });
    this.#unsaved = false;
  }
}

function keyOf({ fqdn, account }: { readonly fqdn: string; readonly account: string }): string {
  return `${account} ${fqdn}`;
}
