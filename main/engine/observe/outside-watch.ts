/**
 * Keeps in mind which address the internet sees: when the chosen server is asked, and for how long its answer counts.
 * Every signal only asks for another look; see docs/gateways.md.
 */
import { problem } from "../../../shared/problems.ts";
import type { Outside, Problem } from "../../../shared/snapshot.ts";
import type { Cancel, Environment } from "../environment.ts";
import { differenceOf } from "./comparison.ts";
import { look, type Question, type Sight } from "./sight.ts";

/** What is asked about, and what the router says of it itself. */
export interface Way extends Omit<Question, "server"> {
  /** The external address that the router tells; null while it tells none. */
  readonly told: string | null;
}

export interface OutsideWatchOptions {
  readonly environment: Environment;
  /** The server that the user chose; null asks nobody. */
  readonly server: () => string | null;
  /** The way through the router in use; null while no router answers. */
  readonly way: () => Way | null;
  readonly onChange: () => void;
  /** The internet sees another address than before: the router has yet to say so. */
  readonly onDoubt: () => void;
}

/** Milliseconds from one question to the next, whatever happens. */
const GAP = 30_000;
/** Milliseconds between questions while nothing happens, and its share by which that varies to both sides. */
const REST = 3_600_000;
const JITTER = 0.1;
/** Milliseconds between questions while a finding stands, which somebody may be mending. */
const WATCHED = 300_000;
/** Milliseconds after the first question that came to nothing; twice as long after each further one. */
const RETRY = 60_000;
/** Milliseconds for one question, the look-up of the server's name included. */
const PATIENCE = 15_000;

interface Seen extends Pick<Question, "server" | "gateway"> {
  /** What the router told then, or first after it. */
  readonly told: string | null;
  readonly address: string;
  /** Milliseconds of the wall clock. */
  readonly at: number;
}

export class OutsideWatch {
  readonly #options: OutsideWatchOptions;
  #running = false;
  #known: (Question & Way) | null = null;
  #seen: Seen | null = null;
  #error: Problem | null = null;
  #failures = 0;
  /** Seen once where another address had been seen; told only when it is seen again. */
  #doubt: string | null = null;
  #timer: Cancel | null = null;
  /** Monotonic milliseconds; of the next question, and before which none may come. */
  #due = Infinity;
  #free = 0;
  /** The server that was asked last. */
  #asked: string | null = null;
  #abort: AbortController | null = null;

  constructor(options: OutsideWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.update();
  }

  stop(): void {
    this.#running = false;
    this.#rest();
  }

  /** The address that the internet sees of the way as it is now; null while that is not known. */
  get address(): string | null {
    return this.#valid?.address ?? null;
  }

  /** Null while nobody is to be asked. */
  get view(): Outside | null {
    const server = this.#options.server();
    if (server === null) return null;
    const seen = this.#valid;
    const told = this.#options.way()?.told ?? null;
    return {
      server,
      address: seen?.address ?? null,
      at: seen === null ? null : new Date(seen.at).toISOString(),
      finding: told === null || seen === null ? null : differenceOf(told, seen.address),
      error: this.#error,
    };
  }

  /** Something may have changed unseen: another look, as soon as one may be. */
  look(): void {
    this.#askAt(this.#free);
  }

  /** The server, the router or what it tells may be another one now; where it is, that asks for a look. */
  update(): void {
    if (!this.#running) return;
    const before = this.#known;
    const now = this.#way();
    this.#known = now;
    if (now === null) return this.#rest();
    const isOther =
      before?.server !== now.server ||
      before.gateway !== now.gateway ||
      before.localAddress !== now.localAddress;
    if (isOther) this.#forget();
    // One that the user chose just now has not been asked.
    if (this.#asked !== now.server) this.#free = 0;
    // What the router tells for the first time was so when we looked.
    if (this.#seen?.told === null && this.#seen.gateway === now.gateway) {
      this.#seen = { ...this.#seen, told: now.told };
    }
    const isNews = before !== null && before.told !== null && before.told !== now.told;
    if (isNews) this.#doubt = null;
    if (isOther || isNews) this.look();
  }

  #way(): (Question & Way) | null {
    const server = this.#options.server();
    const way = this.#options.way();
    return server === null || way === null ? null : { server, ...way };
  }

  /** What was seen of the way as it is now; of another one it says nothing. */
  get #valid(): Seen | null {
    const seen = this.#seen;
    const way = this.#way();
    if (seen === null || seen.server !== way?.server || seen.gateway !== way.gateway) return null;
    return seen.told === null || seen.told === way.told ? seen : null;
  }

  /** What was found out, or is being found out, is of another way. */
  #forget(): void {
    this.#leave();
    this.#error = null;
    this.#doubt = null;
    this.#failures = 0;
  }

  #rest(): void {
    this.#timer?.();
    this.#timer = null;
    this.#due = Infinity;
    this.#known = null;
    this.#leave();
  }

  /** Whatever the server answers now is not heard. */
  #leave(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Asks then, or earlier where that is arranged already; `when` in monotonic milliseconds. */
  #askAt(when: number): void {
    const { clock } = this.#options.environment;
    if (!this.#running || this.#known === null || this.#due <= when) return;
    this.#timer?.();
    this.#due = when;
    this.#timer = clock.after(when - clock.monotonic(), () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const { clock, random } = this.#options.environment;
    this.#timer = null;
    this.#due = Infinity;
    const question = this.#way();
    if (question === null) return;
    this.#free = clock.monotonic() + GAP;
    this.#asked = question.server;
    this.#leave();
    const abort = new AbortController();
    this.#abort = abort;
    const sight = await this.#sight(question, abort);
    if (this.#abort !== abort) return;
    this.#abort = null;
    if (!this.#isOld(question)) this.#take(question, sight);
    this.#askAt(clock.monotonic() + this.#wait * (1 + JITTER * (2 * random.fraction() - 1)));
    this.#options.onChange();
  }

  /** Milliseconds until the next question, if nothing happens. */
  get #wait(): number {
    if (this.#failures > 0) return Math.min(REST, RETRY * 2 ** (this.#failures - 1));
    return this.view?.finding == null ? REST : WATCHED;
  }

  async #sight(question: Question, abort: AbortController): Promise<Sight> {
    const { environment } = this.#options;
    const patience = environment.clock.after(PATIENCE, () => abort.abort());
    try {
      return await look(environment, question, abort.signal);
    } catch {
      return { kind: "failed", problem: problem("observer-silent") };
    } finally {
      patience();
    }
  }

  #take(question: Question & Way, sight: Sight): void {
    const { environment, onDoubt } = this.#options;
    if (sight.kind === "failed") {
      environment.log.info("address seen from the internet", { problem: sight.problem.message });
      this.#error = sight.problem;
      this.#failures += 1;
      return;
    }
    const { server, gateway } = question;
    const { address, sure } = sight;
    const told = this.#options.way()?.told ?? null;
    this.#failures = 0;
    // The same address seen by a detour is the same all the same.
    this.#error = sure || address === told ? null : problem("observer-detour");
    if (this.#error !== null) return;
    environment.log.info("address seen from the internet", { address });
    const before = this.#valid?.address ?? null;
    if (before !== null && before === told && before !== address && this.#doubt !== address) {
      this.#doubt = address;
      this.#askAt(this.#free);
      return onDoubt();
    }
    this.#doubt = null;
    this.#seen = { server, gateway, told, address, at: environment.clock.now() };
  }

  /** True where the way became another one while the server was asked. */
  #isOld(question: Question & Way): boolean {
    const now = this.#way();
    return (
      now?.server !== question.server ||
      now.gateway !== question.gateway ||
      (question.told !== null && now.told !== question.told)
    );
  }
}
