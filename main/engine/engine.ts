/** Commands in, snapshots out. Owns the truth; knows neither Electron nor a screen. */
import { join } from "node:path";
import type { ParsedRequest, Result } from "../../shared/contract.ts";
import { problem } from "../../shared/problems.ts";
import type { RouterTable } from "../../shared/router-table.ts";
import { type ExposureIntent, gatewaysIn, type Settings } from "../../shared/settings.ts";
import type { Exposure, RecognisedServer, Server, Snapshot } from "../../shared/snapshot.ts";
import type { Beacon } from "./beacon/beacon.ts";
import { homeAddress } from "./beacon/home-address.ts";
import { composeSnapshot, exposureViews } from "./compose-snapshot.ts";
import { ChangeLog } from "./change/change-log.ts";
import { namedExposures } from "./ddns/named-exposures.ts";
import { NameRequests } from "./ddns/name-requests.ts";
import type { Names } from "./ddns/names.ts";
import type { Environment, Lan } from "./environment.ts";
import { ExposureRequests } from "./exposure/exposure-requests.ts";
import { Exposures } from "./exposure/exposures.ts";
import { listeningOf } from "./exposure/listening.ts";
import { SafetyGate } from "./exposure/safety-gate.ts";
import { ServerHistory } from "./exposure/server-history.ts";
import type { MapperFactory } from "./gateway/mapper-factory.ts";
import { GatewayMemory } from "./gateway/gateway-memory.ts";
import { LeaseBook } from "./gateway/lease-book.ts";
import { Gateways } from "./gateways.ts";
import { Notices } from "./notices.ts";
import { PacedTask } from "./paced-task.ts";
import type { RecognisedServers } from "./recognise/recognised-servers.ts";
import type { SettingsStore } from "./settings-store.ts";
import { SnapshotFeed } from "./snapshot-feed.ts";

/** What the engine needs of detection; the per-OS work is behind it. */
export interface ServerWatch {
  start(): void;
  stop(): void;
  /** Told once after the first look, and after each change. */
  onChange(listener: (servers: readonly Server[]) => void): () => void;
  /** True after a look that failed; absent where none can. */
  readonly failing?: boolean;
}

export interface EngineOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  /** Milliseconds between looks at the routes. */
  readonly routePoll: number;
  readonly settings: SettingsStore;
  /** Folder of the lease book and the other records; made when absent. */
  readonly dataDirectory: string;
  readonly createMappers: MapperFactory;
  readonly servers: ServerWatch;
  readonly createRecogniser: (
    onChange: (servers: readonly RecognisedServer[]) => void,
  ) => RecognisedServers;
  /** Absent where no names are to be written. */
  readonly createNames?: (onChange: () => void) => Names;
  /** Absent where Homeport is not to be announced. */
  readonly beacon?: Pick<Beacon, "set">;
  /** Gateway for this run, before the settings' and the default route's; several as in the settings. */
  readonly gateway?: string | null;
  /** Server to ask in this run which address the internet sees, before the settings'. */
  readonly observer?: string | null;
  /** Exposures of this run alone, beside those in the settings; not saved. */
  readonly exposures?: readonly ExposureIntent[];
  /** Opens those also where a warning of level `refuse` speaks against it. */
  readonly despiteWarnings?: boolean;
  /** They are to stay open when this run ends, also those of servers that end for good: nobody is left to close them. */
  readonly outlived?: boolean;
}

/** The commands the engine itself carries out. */
export type EngineCommand =
  | "expose"
  | "withdraw"
  | "setWhileRunning"
  | "setSources"
  | "retry"
  | "updateSettings"
  | "dismissNotice"
  | "correctService"
  | "refreshServers"
  | "setName"
  | "removeName"
  | "updateName"
  | "setAccount"
  | "removeAccount";

export interface StopOptions {
  /** Delete our mappings first, as far as the gateway answers in time; else leave them as they are. */
  readonly release: boolean;
}

/** Milliseconds that quitting waits for the gateway; what is left then is removed at the next start. */
const RELEASE_WAIT = 2000;

/** Milliseconds that the first look at this PC's servers waits for the way to the router at most. */
const HEAD_START = 50;

export class Engine {
  readonly #options: EngineOptions;
  readonly #book: LeaseBook;
  readonly #exposures: Exposures;
  readonly #safetyGate: SafetyGate;
  readonly #history: ServerHistory;
  readonly #gateways: Gateways;
  readonly #changeLog: ChangeLog;
  readonly #names: Names | null;
  readonly nameRequests: NameRequests;
  #settings: Settings;
  readonly #notices: Notices;
  readonly #recogniser: RecognisedServers;
  #servers: readonly RecognisedServer[] = [];
  readonly #exposureRequests: ExposureRequests;
  readonly #feed: SnapshotFeed;
  /** Changes of the same moment become one snapshot. */
  readonly #publication: PacedTask;
  #started = false;
  #stopped = false;

  /** Reads settings and lease book; sends nothing yet. */
  constructor(options: EngineOptions) {
    this.#options = options;
    const { environment } = options;
    const loaded = options.settings.load();
    this.#settings = loaded.settings;
    this.#book = new LeaseBook(join(options.dataDirectory, "leases.jsonl"), () =>
      environment.clock.now(),
    );
    this.#history = new ServerHistory(join(options.dataDirectory, "history.json"), environment);
    this.#publication = new PacedTask(environment.clock, () => this.#publish());
    const changed = (): void => this.#publication.ask();
    this.#notices = new Notices(changed);
    this.#notices.begin([...loaded.notices, ...this.#book.load(), ...this.#history.load()]);
    this.#exposures = new Exposures({
      environment,
      book: this.#book,
      onChange: changed,
      closeAfter: () => this.#settings.closeAfter * 1000,
      canTell: () => options.servers.failing !== true,
      seenFromOutside: () => this.#gateways.outside?.address ?? null,
    });
    this.#safetyGate = new SafetyGate(this.#exposures, environment.clock);
    this.#changeLog = new ChangeLog(join(options.dataDirectory, "changes.json"), environment);
    this.#changeLog.load();
    const memory = new GatewayMemory(join(options.dataDirectory, "gateways.json"), environment);
    memory.load();
    this.#gateways = new Gateways({
      ...options,
      book: this.#book,
      memory,
      exposures: this.#exposures,
      changeLog: this.#changeLog,
      settings: () => this.#settings,
      byHand: () => gatewaysIn(options.gateway ?? this.#settings.gateway),
      observer: () => options.observer ?? this.#settings.observer,
      onChange: changed,
      onSignal: () => this.#names?.poke(),
    });
    this.#recogniser = options.createRecogniser((servers) => {
      this.#servers = servers;
      this.#listen();
      this.#safetyGate.seen(servers, this.#recogniser.network);
      changed();
    });
    this.#recogniser.correct(this.#settings.corrections);
    this.#names = options.createNames?.(changed) ?? null;
    this.#notices.begin(this.#names?.load() ?? []);
    const kept = {
      settings: () => this.#settings,
      save: (settings: Settings) => this.#save(settings),
    };
    this.nameRequests = new NameRequests({
      ...kept,
      names: this.#names,
      notify: (notice) => this.#notices.add(notice),
    });
    this.#exposureRequests = new ExposureRequests({
      ...kept,
      exposures: this.#exposures,
      safetyGate: this.#safetyGate,
      forget: (key) => this.#changeLog.forget(key),
      servers: () => this.#servers,
      network: () => this.#recogniser.network,
      localAddresses: () => options.lan.localAddresses(),
      gateways: () => this.#gateways.views.map(({ address }) => address),
    });
    this.#feed = new SnapshotFeed(this.#compose(0, this.#exposureViews()));
  }

  get snapshot(): Snapshot {
    return this.#feed.current;
  }

  /** Calls `listener` after each change with the whole new state; the answer unsubscribes. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  /** Starts watching and mapping; resolves when the gateway in use is known (not yet asked). */
  async start(): Promise<void> {
    const { exposures = [], despiteWarnings = false, outlived = false } = this.#options;
    this.#exposureRequests.begin({ exposures, despiteWarnings, outlived });
    this.#options.servers.onChange((servers) => this.#seen(servers));
    this.#started = true;
    this.#tellNames(this.#exposureViews());
    this.#names?.configure(this.#settings);
    const found = this.#gateways.start();
    void this.#watchServersAfter(found);
    await found;
  }

  /** The first look at all sockets takes the processor for 20 ms; the question to the router goes before it. */
  async #watchServersAfter(found: Promise<void>): Promise<void> {
    const { clock } = this.#options.environment;
    const enough = new Promise<void>((resolve) => clock.after(HEAD_START, resolve));
    await Promise.race([found.catch(() => undefined), enough]);
    if (!this.#stopped) this.#options.servers.start();
  }

  /** This PC woke up: look at the routes and ask for every mapping again. */
  wokeUp(): void {
    this.#gateways.checkAll("wake-up");
  }

  async stop({ release }: StopOptions): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#history.stop();
    // Before the ports close: names outlive a run, and closing for a while is no end of an exposure.
    this.#names?.close();
    const { clock } = this.#options.environment;
    await Promise.race([
      // What was asked for and is not what the user wanted is nothing to leave open.
      this.#exposures.release(release ? "all" : "unmapped"),
      new Promise<void>((resolve) => clock.after(RELEASE_WAIT, resolve)),
    ]);
    if (!release) this.#exposures.leave();
    await this.#options.beacon?.set(null);
    this.#options.servers.stop();
    this.#recogniser.stop();
    this.#safetyGate.stop();
    this.#exposures.close();
    this.#gateways.stop();
  }

  /** Carries out one command that the contract's schema has already checked. */
  execute<N extends EngineCommand>(name: N, request: ParsedRequest<N>): Result<null> {
    const exposures = this.#exposureRequests;
    const names = this.nameRequests;
    const run: { [C in EngineCommand]: (request: ParsedRequest<C>) => Result<null> | void } = {
      expose: (intent) => exposures.expose(intent),
      withdraw: (ref) => exposures.withdraw(ref),
      setWhileRunning: (request) => exposures.setWhileRunning(request),
      setSources: (request) => exposures.setSources(request),
      retry: (ref) => {
        this.#gateways.askAgain();
        this.#exposures.retry(ref);
      },
      updateSettings: (patch) => this.#updateSettings(patch),
      dismissNotice: ({ id }) => this.#notices.dismiss(id),
      correctService: (request) => this.#correctService(request),
      refreshServers: () => this.#recogniser.refresh(),
      setName: (name) => names.setName(name),
      removeName: (ref) => names.removeName(ref),
      updateName: (ref) => names.updateName(ref),
      setAccount: (account) => names.setAccount(account),
      removeAccount: (ref) => names.removeAccount(ref),
    };
    return run[name](request) ?? { ok: true, value: null };
  }

  async routerTable(): Promise<Result<RouterTable>> {
    const table = await this.#gateways.holdings.table();
    return table === null
      ? { ok: false, error: problem("no-gateway") }
      : { ok: true, value: table };
  }

  async removeMapping(entry: ParsedRequest<"removeMapping">): Promise<Result<null>> {
    const trouble = await this.#gateways.holdings.removeLeaked(entry);
    return trouble === null ? { ok: true, value: null } : { ok: false, error: trouble };
  }

  #updateSettings(patch: ParsedRequest<"updateSettings">): void {
    const { theme, gateway, interface: chosen, announce, observer } = patch;
    const { inquiryMinutes, tableCheckMinutes } = patch;
    this.#save({
      ...this.#settings,
      ...(theme === undefined ? {} : { theme }),
      ...(announce === undefined ? {} : { announce }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(chosen === undefined ? {} : { interface: chosen }),
      ...(observer === undefined ? {} : { observer }),
      ...(inquiryMinutes === undefined ? {} : { inquiryMinutes }),
      ...(tableCheckMinutes === undefined ? {} : { tableCheckMinutes }),
    });
    if (observer !== undefined) this.#gateways.observerChanged();
    if (inquiryMinutes !== undefined || tableCheckMinutes !== undefined) {
      this.#gateways.paceChanged();
    }
    if (gateway !== undefined || chosen !== undefined) this.#gateways.look();
  }

  #correctService(request: ParsedRequest<"correctService">): Result<null> {
    const corrected = this.#recogniser.corrected(request);
    if (!corrected.ok) return corrected;
    this.#save({ ...this.#settings, corrections: corrected.value });
    this.#recogniser.correct(corrected.value);
    return { ok: true, value: null };
  }

  #seen(servers: readonly Server[]): void {
    this.#recogniser.update(servers);
    this.#listen();
    this.#safetyGate.seen(this.#servers, this.#recogniser.network);
  }

  #listen(): void {
    this.#exposures.listening(listeningOf(this.#servers));
    this.#exposureRequests.endWithSessions();
  }

  #save(settings: Settings): void {
    this.#settings = settings;
    const trouble = this.#options.settings.save(settings);
    if (trouble !== null) this.#notices.add(trouble);
    this.#names?.configure(settings);
    this.#publication.ask();
  }

  #publish(): void {
    const exposures = this.#exposureViews();
    this.#gateways.observe(exposures);
    this.#tellNames(exposures);
    this.#announce();
    if (!this.#stopped) this.#history.update(this.#servers, exposures);
    this.#feed.publish((revision) => this.#compose(revision, exposures));
  }

  #announce(): void {
    const { beacon, lan } = this.#options;
    if (beacon === undefined || !this.#started || this.#stopped) return;
    const routers = this.#gateways.views.map(({ address }) => address);
    void beacon.set(this.#settings.announce ? homeAddress(lan.localAddresses(), routers) : null);
  }

  #compose(revision: number, exposures: readonly Exposure[]): Snapshot {
    return composeSnapshot(revision, {
      gateways: this.#gateways,
      history: this.#history,
      names: this.#names,
      servers: this.#servers,
      network: this.#recogniser.network,
      exposures,
      notices: this.#notices.all,
      settings: this.#settings,
    });
  }

  #exposureViews(): readonly Exposure[] {
    return exposureViews(this.#exposures, this.#servers, this.#book);
  }

  #tellNames(exposures: readonly Exposure[]): void {
    if (this.#started && !this.#stopped) {
      this.#names?.exposures(namedExposures(exposures, this.#servers));
    }
  }
}
