/** Commands in, snapshots out. Owns the truth; knows neither Electron nor a screen. */
import { join } from "node:path";
import type { ExposureRef, ParsedRequest, Refusal, Result } from "../../shared/contract.ts";
import { exposureKey, portKey } from "../../shared/endpoint.ts";
import { problem } from "../../shared/problems.ts";
import type { RouterTable } from "../../shared/router-table.ts";
import type { ExposureIntent, Settings } from "../../shared/settings.ts";
import type {
  Exposure,
  Notice,
  RecognisedServer,
  Server,
  Snapshot,
} from "../../shared/snapshot.ts";
import type { Beacon } from "./beacon/beacon.ts";
import { homeAddress } from "./beacon/home-address.ts";
import { ChangeLog } from "./change/change-log.ts";
import { namedExposures } from "./ddns/named-exposures.ts";
import { NameRequests } from "./ddns/name-requests.ts";
import type { Names } from "./ddns/names.ts";
import * as nameSettings from "./ddns/name-settings.ts";
import type { Environment, Lan } from "./environment.ts";
import * as exposureSettings from "./exposure/exposure-settings.ts";
import { Exposures } from "./exposure/exposures.ts";
import { refusalOfHost } from "./exposure/other-hosts.ts";
import { listeningOf } from "./exposure/listening.ts";
import { SafetyGate } from "./exposure/safety-gate.ts";
import { withLimitedPorts } from "./exposure/limited-ports.ts";
import { ServerHistory } from "./exposure/server-history.ts";
import type { MapperFactory } from "./gateway/gateway-tracker.ts";
import { isLimited } from "./gateway/sources-refusal.ts";
import { GatewayMemory } from "./gateway/gateway-memory.ts";
import { LeaseBook } from "./gateway/lease-book.ts";
import { Gateways } from "./gateways.ts";
import type { RecognisedServers } from "./recognise/recognised-servers.ts";
import { portNeeds } from "./recognise/port-needs.ts";
import { endsForGood, refusalToExpose, withWarnings } from "./recognise/safety.ts";
import type { SettingsStore } from "./settings-store.ts";

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
  /** Gateway for this run, before the settings' and the default route's. */
  readonly gateway?: string | null;
  /** Server to ask in this run which address the internet sees, before the settings'. */
  readonly observer?: string | null;
  /** Exposures of this run alone, beside those in the settings; not saved. */
  readonly exposures?: readonly ExposureIntent[];
  /** Opens those also where a warning of level `refuse` speaks against it. */
  readonly despiteWarnings?: boolean;
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

const limitInBlock: Refusal = {
  code: "in-block",
  message: "This port is open as a part of another exposure: choose there who may connect.",
};

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
  /** What the window asks of names and has to be waited for. */
  readonly nameRequests: NameRequests;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #settings: Settings;
  #notices: readonly Notice[];
  readonly #recogniser: RecognisedServers;
  #servers: readonly RecognisedServer[] = [];
  #snapshot: Snapshot;
  /** Of the snapshot, to tell whether the next one is news. */
  #content: string;
  #publishing = false;
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
    this.#notices = [...loaded.notices, ...this.#book.load(), ...this.#history.load()];
    const changed = (): void => this.#changed();
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
      byHand: () => options.gateway ?? this.#settings.gateway,
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
    this.nameRequests = new NameRequests(this.#names);
    this.#notices = [...this.#notices, ...(this.#names?.load() ?? [])];
    this.#snapshot = this.#compose(0, this.#exposureViews());
    this.#content = contentOf(this.#snapshot);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Calls `listener` after each change with the whole new state; the answer unsubscribes. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts watching and mapping; resolves when the gateway in use is known (not yet asked). */
  async start(): Promise<void> {
    const { exposures = [], despiteWarnings = false } = this.#options;
    this.#exposures.together(() => {
      for (const intent of this.#settings.exposures) this.#exposures.want(intent);
      const ofThisRun = exposures.map((intent) => this.#withLimits(intent));
      if (!despiteWarnings) this.#safetyGate.hold(ofThisRun);
      else for (const intent of ofThisRun) this.#exposures.want(intent);
      this.#exposures.clearLeftovers();
    });
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
    const run: { [C in EngineCommand]: (request: ParsedRequest<C>) => Result<null> | void } = {
      expose: (intent) => this.#expose(intent),
      withdraw: (ref) => this.#withdraw(ref),
      setWhileRunning: (request) => this.#setWhileRunning(request),
      setSources: (request) => this.#setSources(request),
      retry: (ref) => {
        this.#gateways.askAgain();
        this.#exposures.retry(ref);
      },
      updateSettings: (patch) => this.#updateSettings(patch),
      dismissNotice: ({ id }) => {
        this.#notices = this.#notices.filter((notice) => notice.id !== id);
        this.#changed();
      },
      correctService: (request) => this.#correctService(request),
      refreshServers: () => this.#recogniser.refresh(),
      setName: (name) => this.#save(nameSettings.withName(this.#settings, name)),
      removeName: (ref) => this.#save(nameSettings.withoutName(this.#settings, ref)),
      updateName: ({ fqdn }) => this.#names?.updateNow(fqdn),
      setAccount: ({ secret, ...account }) => {
        if (secret !== undefined) this.#keepSecret(account.id, secret);
        this.#save(nameSettings.withAccount(this.#settings, account));
      },
      removeAccount: ({ id }) => {
        this.#keepSecret(id, null);
        this.#save(nameSettings.withoutAccount(this.#settings, id));
      },
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

  #expose({ despiteWarning, ...asked }: ParsedRequest<"expose">): Result<null> {
    const intent = this.#withLimits(this.#withNeeds(asked));
    const stranger = this.#refusalOfHost(intent);
    if (stranger !== null) return { ok: false, error: stranger };
    const refusal = refusalToExpose(
      this.#servers,
      exposureSettings.portsOf(intent),
      this.#recogniser.network,
    );
    if (refusal !== null && despiteWarning !== true) return { ok: false, error: refusal };
    this.#safetyGate.release(intent);
    if (endsForGood(this.#servers, intent)) {
      this.#exposures.want({ ...intent, whileRunning: true }, { session: true });
      return { ok: true, value: null };
    }
    // What is open as a part of another exposure needs none of its own.
    if (exposureSettings.isInBlock(this.#settings, intent)) {
      return isLimited(intent) ? { ok: false, error: limitInBlock } : { ok: true, value: null };
    }
    const absorbed = exposureSettings.absorbedBy(this.#settings, intent);
    for (const other of absorbed) this.#exposures.withdraw(other);
    this.#changeLog.forget(exposureKey(intent));
    // The request is on its way, and in the lease book, before the disk is waited for: after a crash in between the
    // next run removes what this one asked for.
    this.#exposures.want(intent);
    this.#save(exposureSettings.withExposure(this.#settings, intent));
    return { ok: true, value: null };
  }

  #refusalOfHost({ host }: ExposureIntent): Refusal | null {
    if (host === undefined) return null;
    const gateways = this.#gateways.views.map(({ address }) => address);
    return refusalOfHost(host, this.#options.lan.localAddresses(), gateways);
  }

  /** What the server on this port needs beside it, unless whoever asks has said so. */
  #withNeeds(intent: ExposureIntent): ExposureIntent {
    if (intent.block !== undefined || intent.host !== undefined) return intent;
    const { block, samePort } = portNeeds(this.#servers, intent);
    const same = samePort && intent.externalPort === null;
    return { ...intent, ...(block.length > 0 && { block }), ...(same && { samePort }) };
  }

  /** Asked for anew without a word about visitors, a port lets in no more of them than before. */
  #withLimits(intent: ExposureIntent): ExposureIntent {
    const sources =
      intent.sources ?? this.#exposures.sourcesOf(exposureSettings.portsOf(intent)) ?? [];
    return sources.length > 0 ? { ...intent, sources: [...sources] } : intent;
  }

  #withdraw(ref: ExposureRef): void {
    this.#safetyGate.release(ref);
    this.#save(exposureSettings.withoutExposure(this.#settings, ref));
    this.#changeLog.forget(exposureKey(ref));
    this.#exposures.withdraw(ref);
  }

  #setWhileRunning({ whileRunning, ...ref }: ParsedRequest<"setWhileRunning">): void {
    this.#save(exposureSettings.withWhileRunning(this.#settings, ref, whileRunning));
    this.#exposures.setWhileRunning(ref, whileRunning);
  }

  #setSources({ sources, ...ref }: ParsedRequest<"setSources">): void {
    this.#save(exposureSettings.withSources(this.#settings, ref, sources));
    this.#exposures.setSources(ref, sources);
  }

  #updateSettings(patch: ParsedRequest<"updateSettings">): void {
    const { theme, gateway, interface: chosen, announce, observer } = patch;
    this.#save({
      ...this.#settings,
      ...(theme === undefined ? {} : { theme }),
      ...(announce === undefined ? {} : { announce }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(chosen === undefined ? {} : { interface: chosen }),
      ...(observer === undefined ? {} : { observer }),
    });
    if (observer !== undefined) this.#gateways.observerChanged();
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
  }

  #save(settings: Settings): void {
    this.#settings = settings;
    const trouble = this.#options.settings.save(settings);
    if (trouble !== null) this.#notify(trouble);
    this.#names?.configure(settings);
    this.#changed();
  }

  #notify(notice: Notice): void {
    this.#notices = [...this.#notices.filter(({ id }) => id !== notice.id), notice];
    this.#changed();
  }

  #keepSecret(account: string, secret: string | null): void {
    void this.#names
      ?.keepSecret(account, secret)
      .then((trouble) => trouble && this.#notify(trouble));
  }

  /** Changes of the same moment become one snapshot. */
  #changed(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    queueMicrotask(() => {
      this.#publishing = false;
      const exposures = this.#exposureViews();
      this.#gateways.observe(exposures);
      this.#tellNames(exposures);
      this.#announce();
      if (!this.#stopped) this.#history.update(this.#servers, exposures);
      const next = this.#compose(this.#snapshot.revision + 1, exposures);
      const content = contentOf(next);
      if (content === this.#content) return;
      this.#content = content;
      this.#snapshot = next;
      for (const listener of this.#listeners) listener(next);
    });
  }

  #announce(): void {
    const { beacon, lan } = this.#options;
    if (beacon === undefined || !this.#started || this.#stopped) return;
    const routers = this.#gateways.views.map(({ address }) => address);
    void beacon.set(this.#settings.announce ? homeAddress(lan.localAddresses(), routers) : null);
  }

  #compose(revision: number, exposures: readonly Exposure[]): Snapshot {
    const { theme, gateway, interface: chosen, accounts, names } = this.#settings;
    const { announce, observer } = this.#settings;
    const storage = this.#names?.secretStorage ?? null;
    const { interfaces, outside } = this.#gateways;
    return {
      revision,
      gateways: this.#gateways.views,
      ...(interfaces === null ? {} : { interfaces }),
      ...(outside === null ? {} : { outside }),
      changes: this.#gateways.changes,
      servers: this.#servers.map((server) => this.#history.tell(server)),
      network: this.#recogniser.network,
      exposures,
      names: this.#names?.views() ?? [],
      ...(storage === null ? {} : { secretStorage: storage }),
      notices: this.#notices,
      settings: { theme, gateway, interface: chosen, accounts, names, announce, observer },
    };
  }

  #exposureViews(): readonly Exposure[] {
    const listening = new Set(
      this.#servers.map((server) => portKey(server.transport, server.port)),
    );
    const views = this.#exposures
      .views((transport, port) => listening.has(portKey(transport, port)))
      .map((exposure) => withWarnings(exposure, this.#servers));
    const own = this.#book.all().filter(({ layer }) => layer === "ipv4");
    return withLimitedPorts(views, own);
  }

  #tellNames(exposures: readonly Exposure[]): void {
    if (this.#started && !this.#stopped) {
      this.#names?.exposures(namedExposures(exposures, this.#servers));
    }
  }
}

/** Two snapshots that differ in nothing but their revision have the same. */
function contentOf(snapshot: Snapshot): string {
  return JSON.stringify({ ...snapshot, revision: 0 });
}
