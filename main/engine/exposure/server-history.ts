/** When each server of this PC was first seen, last seen and last open; kept between runs, bounded, written rarely. */
import { z } from "zod";
import { exposureKey, portKey } from "../../../shared/endpoint.ts";
import type { Exposure, Notice, RecognisedServer } from "../../../shared/snapshot.ts";
import type { Cancel, Environment } from "../environment.ts";
import { keptAs, readCheckedFile, writeJsonFile } from "../files/json-file.ts";

const MOST_SERVERS = 200;
const LONGEST_KEY = 400;
/** Milliseconds in which changes come together before they are written. */
const WRITE_AFTER = 60_000;

const entrySchema = z.strictObject({
  key: z.string().min(1).max(LONGEST_KEY),
  firstSeen: z.iso.datetime(),
  /** Of a server that runs: when it was last seen to come or go. */
  lastSeen: z.iso.datetime(),
  /** When it was last seen before it came this time; null when this is the first. */
  seenBefore: z.iso.datetime().nullable().default(null),
  /** When it was last opened or closed to the internet; null when it never was. */
  lastExposed: z.iso.datetime().nullable(),
});
type Entry = Readonly<z.infer<typeof entrySchema>>;

const fileSchema = z.object({
  version: z.literal(1),
  servers: z.array(entrySchema).max(MOST_SERVERS),
});

export class ServerHistory {
  readonly #path: string;
  readonly #environment: Pick<Environment, "clock" | "log">;
  readonly #entries = new Map<string, Entry>();
  /** Servers that run now, and whether they are open. */
  #present: ReadonlyMap<string, boolean> = new Map();
  #write: Cancel | null = null;

  constructor(path: string, environment: Pick<Environment, "clock" | "log">) {
    this.#path = path;
    this.#environment = environment;
  }

  /** Reads the file; a damaged one is kept aside and told. */
  load(): Notice[] {
    const read = readCheckedFile(this.#path, fileSchema, this.#environment.clock.now());
    if (read.kind === "absent") return [];
    if (read.kind === "value") {
      for (const entry of read.value.servers) this.#entries.set(entry.key, entry);
      return [];
    }
    return [
      {
        id: "history-damaged",
        level: "info",
        message: `The record of when servers ran could not be read${keptAs(read.aside)}. It begins anew.`,
      },
    ];
  }

  /** What runs and what is exposed now. */
  update(servers: readonly RecognisedServer[], exposures: readonly Exposure[]): void {
    const mapped = new Set(exposures.filter(({ state }) => state === "mapped").map(exposureKey));
    const now = new Date(this.#environment.clock.now()).toISOString();
    const present = new Map<string, boolean>();
    for (const server of servers) {
      if (server.ephemeral) continue;
      const key = this.#adopt(server);
      const open = mapped.has(portKey(server.transport, server.port));
      present.set(key, open);
      const known = this.#entries.get(key);
      const came = !this.#present.has(key);
      const turned = open !== (this.#present.get(key) ?? false);
      if (!came && !turned) continue;
      this.#put({
        key,
        firstSeen: known?.firstSeen ?? now,
        lastSeen: now,
        // One that was recognised just now came earlier.
        seenBefore:
          (came && !this.#present.has(programKey(server)) ? known?.lastSeen : known?.seenBefore) ??
          null,
        lastExposed: turned ? now : (known?.lastExposed ?? null),
      });
    }
    for (const [key, wasOpen] of this.#present) {
      const entry = this.#entries.get(key);
      if (present.has(key) || entry === undefined) continue;
      this.#put({ ...entry, lastSeen: now, ...(wasOpen && { lastExposed: now }) });
    }
    this.#present = present;
    this.#forgetOldest();
  }

  /** `server` with what is known of it. */
  tell(server: RecognisedServer): RecognisedServer {
    const entry = this.#entries.get(keyOf(server)) ?? this.#entries.get(programKey(server));
    if (entry === undefined || server.ephemeral) return server;
    const { firstSeen, seenBefore: lastSeen, lastExposed } = entry;
    return { ...server, history: { firstSeen, lastSeen, lastExposed } };
  }

  /** Writes that what runs was seen until now. */
  stop(): void {
    this.update([], []);
    if (this.#write !== null) this.#save();
  }

  /** A server is recognised some time after it was seen: what was written under its program is its own. */
  #adopt(server: RecognisedServer): string {
    const key = keyOf(server);
    const before = this.#entries.get(programKey(server));
    if (before === undefined || before.key === key) return key;
    this.#entries.delete(before.key);
    const own = this.#entries.get(key);
    const known = own ?? before;
    const firstSeen = known.firstSeen < before.firstSeen ? known.firstSeen : before.firstSeen;
    this.#put({ ...known, key, firstSeen, seenBefore: own?.lastSeen ?? before.seenBefore });
    return key;
  }

  #put(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#write ??= this.#environment.clock.after(WRITE_AFTER, () => this.#save());
  }

  /** Those never exposed go first, then those not seen for the longest time. */
  #forgetOldest(): void {
    const surplus = this.#entries.size - MOST_SERVERS;
    if (surplus <= 0) return;
    const rank = ({ lastExposed, lastSeen }: Entry): string =>
      `${lastExposed === null ? 0 : 1} ${lastSeen}`;
    const oldest = [...this.#entries.values()]
      .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
      .slice(0, surplus);
    for (const { key } of oldest) this.#entries.delete(key);
  }

  #save(): void {
    this.#write?.();
    this.#write = null;
    try {
      writeJsonFile(this.#path, { version: 1, servers: [...this.#entries.values()] });
    } catch (error) {
      this.#environment.log.warn("server history not written", { error: String(error) });
    }
  }
}

function keyOf(server: RecognisedServer): string {
  const { service, transport, port } = server;
  return service === null ? programKey(server) : `${portKey(transport, port)} ${service.id}`;
}

/** Of a server that is not recognised (yet). No command line: it may hold a secret. */
function programKey({ transport, port, process }: RecognisedServer): string {
  const program = process?.executable ?? process?.name ?? "";
  return `${portKey(transport, port)} ${program} ${process?.program?.name ?? ""}`
    .trim()
    .slice(0, LONGEST_KEY);
}
