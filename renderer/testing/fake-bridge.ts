/** A double of the preload's bridge, made from the contract: it checks each request as main does, and writes it down. */
import { invokeNames, type InvokeName } from "../../shared/channels.ts";
import { type Bridge, type Request, requests, type Result } from "../../shared/contract.ts";
import type { Snapshot } from "../../shared/snapshot.ts";

export interface Call<N extends InvokeName = InvokeName> {
  readonly name: N;
  readonly request: Request<N>;
}

type Reply = (request: unknown) => Result<unknown> | Promise<Result<unknown>>;

export class FakeBridge {
  /** What was asked, in order; the first `getSnapshot` of each window included. */
  readonly calls: Call[] = [];
  readonly bridge: Bridge;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  readonly #replies = new Map<InvokeName, Reply>();

  /** A null `snapshot` is an engine that has not told anything yet. */
  constructor(snapshot: Snapshot | null) {
    this.reply("getSnapshot", () =>
      snapshot === null ? new Promise(() => {}) : { ok: true, value: snapshot },
    );
    const invokes = invokeNames.map((name) => [
      name,
      (request: unknown) => this.#invoke(name, request),
    ]);
    this.bridge = {
      ...Object.fromEntries(invokes),
      onSnapshot: (listener: (snapshot: Snapshot) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    } as Bridge;
  }

  /** True while the window listens for snapshots. */
  get subscribed(): boolean {
    return this.#listeners.size > 0;
  }

  /** What `name` answers from now on; every command succeeds until told otherwise. */
  reply(name: InvokeName, reply: Reply): void {
    this.#replies.set(name, reply);
  }

  /** Has the commands `name` fail with `message`. */
  refuse(name: InvokeName, message: string): void {
    this.reply(name, () => ({ ok: false, error: { code: "refused", message } }));
  }

  emit(snapshot: Snapshot): void {
    for (const listener of this.#listeners) listener(snapshot);
  }

  /** The requests that came for `name`. */
  requestsOf<N extends InvokeName>(name: N): readonly Request<N>[] {
    return this.calls.flatMap((call) => (call.name === name ? [call.request as Request<N>] : []));
  }

  async #invoke(name: InvokeName, request: unknown): Promise<Result<unknown>> {
    this.calls.push({ name, request } as Call);
    const parsed = requests[name].safeParse(request);
    if (!parsed.success) {
      return { ok: false, error: { code: "invalid-request", message: parsed.error.message } };
    }
    const reply = this.#replies.get(name);
    return reply === undefined ? { ok: true, value: null } : reply(parsed.data);
  }
}
