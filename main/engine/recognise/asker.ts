/** Keeps what servers tell of themselves fresh, gently: few at a time, every few minutes, longer when they are silent. */
import type { AskProtocol } from "../../../shared/services/schema.ts";
import type { Cancel, Logger, UdpAddress } from "../environment.ts";
import type { Answer } from "./ask/answer.ts";
import { ask } from "./ask/ask.ts";
import type { AskTools } from "./ask/ask-tools.ts";
import type { AskOutcome } from "./ask/exchange.ts";

export interface AskTarget {
  /** The same for the same process on the same port. */
  readonly key: string;
  readonly languages: readonly AskProtocol[];
  readonly to: UdpAddress;
}

export interface AskerOptions extends AskTools {
  readonly log: Logger;
  /** An answer came, changed or is no longer true. */
  readonly onChange: () => void;
}

/** Milliseconds between two questions to a server that answers. */
const refreshAfter = 180_000;
/** Milliseconds to the next question after one, two, … silences: a server may still be starting. */
const retryAfter = [10_000, 30_000, 120_000, 600_000] as const;
/** Milliseconds that `refresh` leaves a server alone after a question. */
const shortest = 15_000;
/** Silences after which the last answer counts no more. */
const forgetAfter = 2;
const mostAtOnce = 4;

interface Entry {
  target: AskTarget;
  answer: Answer | null;
  silences: number;
  /** Monotonic milliseconds. */
  due: number;
  askedAt: number;
  asking: boolean;
}

export class Asker {
  readonly #options: AskerOptions;
  readonly #entries = new Map<string, Entry>();
  #running = 0;
  #timer: Cancel | null = null;
  #stopped = false;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  answerOf(key: string): Answer | null {
    return this.#entries.get(key)?.answer ?? null;
  }

  /** These and no others are asked from now on. */
  follow(targets: readonly AskTarget[]): void {
    const keys = new Set(targets.map(({ key }) => key));
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#entries.delete(key);
    const now = this.#options.clock.monotonic();
    for (const target of targets) {
      const entry = this.#entries.get(target.key);
      if (entry === undefined) {
        const fresh = { target, answer: null, silences: 0, due: now, askedAt: -Infinity };
        this.#entries.set(target.key, { ...fresh, asking: false });
      } else if (!isSame(entry.target, target)) {
        entry.target = target;
        entry.silences = 0;
        if (!target.languages.includes(entry.answer?.protocol ?? "http")) entry.due = now;
      }
    }
    this.#pump();
  }

  /** Somebody looks: asks again whoever was not asked just now. */
  refresh(): void {
    const now = this.#options.clock.monotonic();
    for (const entry of this.#entries.values()) {
      if (now - entry.askedAt >= shortest) entry.due = now;
    }
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    this.#entries.clear();
  }

  #pump(): void {
    if (this.#stopped) return;
    this.#timer?.();
    this.#timer = null;
    const now = this.#options.clock.monotonic();
    const waiting = [...this.#entries.values()]
      .filter(({ asking }) => !asking)
      .toSorted((a, b) => a.due - b.due);
    for (const entry of waiting) {
      if (entry.due > now || this.#running >= mostAtOnce) break;
      void this.#ask(entry);
    }
    const next = waiting.find(({ asking }) => !asking);
    if (next === undefined || this.#running >= mostAtOnce) return;
    this.#timer = this.#options.clock.after(next.due - now, () => this.#pump());
  }

  async #ask(entry: Entry): Promise<void> {
    const { target } = entry;
    entry.asking = true;
    this.#running += 1;
    const outcome = await this.#askInTurn(target, entry.answer);
    this.#running -= 1;
    entry.asking = false;
    if (this.#entries.get(target.key) === entry) this.#take(entry, outcome);
    this.#pump();
  }

  /** In the language it answered in before first. */
  async #askInTurn({ languages, to }: AskTarget, before: Answer | null): Promise<AskOutcome> {
    let last: AskOutcome = { kind: "silent" };
    const known = before?.protocol;
    for (const language of languages.toSorted((a, b) => +(b === known) - +(a === known))) {
      last = await ask(language, to, this.#options, before);
      if (lacksIpv6(last) && to.address === "::1") {
        last = await ask(language, { ...to, address: "127.0.0.1" }, this.#options, before);
      }
      if (last.kind === "answer") break;
    }
    return last;
  }

  #take(entry: Entry, outcome: AskOutcome): void {
    const { clock, log, onChange } = this.#options;
    const now = clock.monotonic();
    const before = entry.answer;
    entry.askedAt = now;
    if (outcome.kind === "answer") {
      entry.answer = outcome.answer;
      entry.silences = 0;
      entry.due = now + refreshAfter;
    } else {
      entry.silences += 1;
      if (entry.silences >= forgetAfter) entry.answer = null;
      entry.due = now + (retryAfter[Math.min(entry.silences, retryAfter.length) - 1] ?? 0);
      const { address, port } = entry.target.to;
      const why = "detail" in outcome ? outcome.detail : "";
      log.debug("a server did not answer", { address, port, kind: outcome.kind, why });
    }
    if (JSON.stringify(before) !== JSON.stringify(entry.answer)) onChange();
  }
}

/** A server may be bound to all addresses of both families on a PC whose IPv6 is switched off. */
function lacksIpv6(outcome: AskOutcome): boolean {
  return (
    outcome.kind === "unreachable" &&
    /^(EADDRNOTAVAIL|ENETUNREACH|EHOSTUNREACH|EAFNOSUPPORT)$/.test(outcome.detail)
  );
}

function isSame(a: AskTarget, b: AskTarget): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
