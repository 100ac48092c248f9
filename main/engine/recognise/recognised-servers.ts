/** Detection's servers with what is known of them: service, title, warnings and their own words. */
import type { ParsedRequest, Result } from "../../../shared/contract.ts";
import type { Service } from "../../../shared/services/schema.ts";
import type { CorrectionSetting } from "../../../shared/settings.ts";
import type {
  NetworkService,
  RecognisedServer,
  Server,
  ServerProcess,
} from "../../../shared/snapshot.ts";
import type { LocalAddress, Logger } from "../environment.ts";
import type { Answer } from "./ask/answer.ts";
import type { AskTools } from "./ask/ask-tools.ts";
import { type AskTarget, Asker } from "./asker.ts";
import type { WorkingFiles } from "./clues.ts";
import { findCorrection, withCorrection } from "./corrections.ts";
import type { Announcement } from "./mdns/announcement.ts";
import type { Announcements } from "./mdns/announcements.ts";
import { warningsOfKind } from "./mdns/kind-warnings.ts";
import type { LanWorld } from "./lan-worlds/lan-world.ts";
import type { LanWorlds } from "./lan-worlds/lan-worlds.ts";
import { recognise } from "./recognise.ts";
import { composeServer, sharedWords } from "./shown-server.ts";
import { addressOf, languagesFor } from "./suspects.ts";
import { filesToRead } from "./working-files.ts";

export interface RecognisedServersOptions {
  readonly catalogue: readonly Service[];
  readonly tools: AskTools;
  readonly log: Logger;
  /** Those of `names` that lie in `directory`. Never rejects. */
  readonly readFiles: (directory: string, names: readonly string[]) => Promise<WorkingFiles>;
  /** Called with the whole new list after each change, and when `network` changed. */
  readonly onChange: (servers: readonly RecognisedServer[]) => void;
  /** What is announced in the local network; absent where nobody listens. */
  readonly announcements?: (
    onChange: (list: readonly Announcement[]) => void,
  ) => Pick<Announcements, "start" | "stop">;
  /** Minecraft worlds that this PC has open to its network; absent where nobody listens. */
  readonly worlds?: (
    onChange: (worlds: readonly LanWorld[]) => void,
  ) => Pick<LanWorlds, "start" | "stop">;
  readonly localAddresses: () => readonly LocalAddress[];
}

type CorrectionRequest = ParsedRequest<"correctService">;

/** As many as the settings take; the oldest go first. */
const mostCorrections = 500;
const mostNetworkServices = 200;

const noFiles: WorkingFiles = new Map();

interface ReadFiles {
  /** Sockets of the process when its files were read: a server that opens another may just have been set up. */
  readonly sockets: string;
  files: WorkingFiles;
}

/** What was made of a server, and of what: the same server with the same basis is the same again. */
interface Memory {
  readonly key: string;
  readonly server: Server;
  readonly basis: readonly unknown[];
  readonly target: AskTarget | null;
  readonly shown: RecognisedServer;
}

export class RecognisedServers {
  readonly #options: RecognisedServersOptions;
  readonly #asker: Asker;
  readonly #files = new Map<string, ReadFiles>();
  #seen: readonly Server[] = [];
  #corrections: readonly CorrectionSetting[] = [];
  readonly #announcements: Pick<Announcements, "start" | "stop"> | null;
  readonly #openWorlds: Pick<LanWorlds, "start" | "stop"> | null;
  #started = false;
  /** Of this PC, by socket. */
  #announced: ReadonlyMap<string, Announcement> = new Map();
  /** By TCP port. */
  #worlds: ReadonlyMap<number, LanWorld> = new Map();
  #network: readonly NetworkService[] = [];
  #memories: ReadonlyMap<string, Memory> = new Map();
  #servers: readonly RecognisedServer[] = [];

  constructor(options: RecognisedServersOptions) {
    this.#options = options;
    const { tools, log } = options;
    this.#asker = new Asker({ ...tools, log, onChange: () => this.#recognise() });
    this.#announcements = options.announcements?.((list) => this.#hear(list)) ?? null;
    this.#openWorlds =
      options.worlds?.((worlds) => {
        this.#worlds = new Map(worlds.map((world) => [world.port, world]));
        this.#recognise();
      }) ?? null;
  }

  /** What other devices announce. */
  get network(): readonly NetworkService[] {
    return this.#network;
  }

  /** What detection sees now. The first sight begins listening for announcements. */
  update(servers: readonly Server[]): void {
    if (!this.#started) {
      void this.#announcements?.start();
      void this.#openWorlds?.start();
    }
    this.#started = true;
    this.#seen = servers;
    this.#recognise();
    this.#readFiles();
  }

  /** What the user said, all of it. */
  correct(corrections: readonly CorrectionSetting[]): void {
    this.#corrections = corrections;
    this.#recognise();
  }

  /** The corrections as they are after `request`; a failure when nothing fits it. */
  corrected({ transport, port, service }: CorrectionRequest): Result<CorrectionSetting[]> {
    if (service && !this.#options.catalogue.some(({ id }) => id === service)) {
      return failure("unknown-service", "Homeport knows no such service.");
    }
    const servers = this.#seen.filter((one) => one.transport === transport && one.port === port);
    if (servers.length === 0) {
      return failure("no-server", "Nothing listens on this port any more.");
    }
    const corrections = servers.reduce<readonly CorrectionSetting[]>(
      (list, server) => withCorrection(list, server, service),
      this.#corrections,
    );
    return { ok: true, value: corrections.slice(-mostCorrections) };
  }

  /** Somebody looks: fresh answers, please. */
  refresh(): void {
    this.#asker.refresh();
  }

  stop(): void {
    this.#announcements?.stop();
    this.#openWorlds?.stop();
    this.#asker.stop();
  }

  #hear(list: readonly Announcement[]): void {
    const own = new Set(this.#options.localAddresses().map(({ address }) => address));
    const mine = list.filter(({ from }) => own.has(from));
    this.#announced = new Map(mine.map((one) => [`${one.transport}/${one.port}`, one]));
    this.#network = list
      .filter(({ from }) => !own.has(from))
      .slice(0, mostNetworkServices)
      .map(({ from: _sender, ...service }) => {
        const warnings = warningsOfKind(service.type);
        return warnings.length === 0 ? service : { ...service, warnings };
      });
    this.#recognise();
    this.#options.onChange(this.#servers);
  }

  #recognise(): void {
    const processes = bySiblings(this.#seen);
    const told = this.#toldByProcess();
    const memories = this.#seen.map((server) => {
      const pid = server.process?.pid;
      return this.#look(server, processes.get(pid) ?? [server], told.get(pid) ?? []);
    });
    this.#memories = new Map(memories.map((memory) => [memory.key, memory]));
    this.#asker.follow(memories.flatMap(({ target }) => target ?? []));
    const servers = memories.map(({ shown }) => shown);
    const before = this.#servers;
    if (servers.length === before.length && servers.every((one, at) => one === before[at])) return;
    this.#servers = servers;
    this.#options.onChange(servers);
  }

  /** Everything that the sockets of each process answered. */
  #toldByProcess(): ReadonlyMap<number | undefined, readonly Answer[]> {
    const told = new Map<number | undefined, Answer[]>();
    for (const server of this.#seen) {
      const answer = this.#asker.answerOf(keyOf(server));
      const pid = server.process?.pid;
      if (answer !== null && pid !== undefined) told.set(pid, [...(told.get(pid) ?? []), answer]);
    }
    return told;
  }

  /** As remembered while nothing it depends on changed: sockets of browsers come and go all day long. */
  #look(server: Server, siblings: readonly Server[], told: readonly Answer[]): Memory {
    const { catalogue } = this.#options;
    const key = keyOf(server);
    const answer = this.#asker.answerOf(key);
    const correction = findCorrection(server, this.#corrections);
    const files = this.#files.get(processKey(server.process))?.files ?? noFiles;
    const announced = this.#announced.get(`${server.transport}/${server.port}`) ?? null;
    const world = (server.transport === "tcp" && this.#worlds.get(server.port)) || null;
    const basis = [...siblings, ...told, answer, correction, files, announced, world];
    const before = this.#memories.get(key);
    if (before?.server === server && isSameList(before.basis, basis)) return before;
    const recognition = recognise(server, siblings, catalogue, {
      answer,
      files,
      world,
      ...(correction !== undefined && { correction }),
    });
    const languages = languagesFor(server, recognition, catalogue);
    const address = addressOf(server);
    const target =
      languages.length > 0 && address !== null
        ? { key, languages, to: { address, port: server.port } }
        : null;
    const words = answer ?? sharedWords(recognition, told);
    const shown = composeServer(server, recognition, { answer, words, announced, world });
    const isOld = before !== undefined && JSON.stringify(before.shown) === JSON.stringify(shown);
    return { key, server, basis, target, shown: isOld ? before.shown : shown };
  }

  #readFiles(): void {
    const sockets = new Map<string, string[]>();
    const processes = new Map<string, ServerProcess>();
    for (const server of this.#seen) {
      if (server.process === null) continue;
      const key = processKey(server.process);
      processes.set(key, server.process);
      sockets.set(key, [...(sockets.get(key) ?? []), keyOf(server)]);
    }
    for (const key of this.#files.keys()) if (!processes.has(key)) this.#files.delete(key);
    for (const [key, process] of processes) void this.#read(key, process, sockets.get(key) ?? []);
  }

  async #read(key: string, process: ServerProcess, sockets: readonly string[]): Promise<void> {
    const { catalogue, readFiles } = this.#options;
    const directory = process.workingDirectory ?? directoryOf(process.executable);
    const before = this.#files.get(key);
    const now: ReadFiles = { sockets: sockets.join(" "), files: before?.files ?? noFiles };
    if (directory === null || before?.sockets === now.sockets) return;
    this.#files.set(key, now);
    const names = filesToRead(process, catalogue);
    if (names.length === 0) return;
    const files = await readFiles(directory, names);
    if (this.#files.get(key) !== now) return;
    now.files = files;
    if (files.size > 0 || (before?.files.size ?? 0) > 0) this.#recognise();
  }
}

/** All sockets of each process; of those without one nothing is known to belong together. */
function bySiblings(servers: readonly Server[]): ReadonlyMap<number | undefined, Server[]> {
  const processes = new Map<number | undefined, Server[]>();
  for (const server of servers) {
    const pid = server.process?.pid;
    if (pid === undefined) continue;
    const siblings = processes.get(pid);
    if (siblings) siblings.push(server);
    else processes.set(pid, [server]);
  }
  return processes;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

function failure(code: string, message: string): Result<never> {
  return { ok: false, error: { code, message } };
}

function keyOf({ transport, port, process }: Server): string {
  return `${transport}/${port}/${process?.pid ?? ""}`;
}

/** A number may come again for another program. */
function processKey(process: ServerProcess | null): string {
  return `${process?.pid ?? ""} ${process?.commandLine ?? ""}`;
}

function directoryOf(executable: string | undefined): string | null {
  return executable?.replace(/[/\\][^/\\]*$/, "") ?? null;
}
