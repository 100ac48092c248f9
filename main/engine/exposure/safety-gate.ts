/**
 * Exposures of this run that nobody was asked about twice, e.g. of a command line: each is held back until it is known
 * what listens there, and as long as something speaks against it.
 */
import { exposureKey } from "../../../shared/endpoint.ts";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { NetworkService, RecognisedServer } from "../../../shared/snapshot.ts";
import type { Cancel, Clock } from "../environment.ts";
import { refusalToExpose } from "../recognise/safety.ts";
import type { Exposed } from "./exposed.ts";
import { portsOf } from "./exposure-settings.ts";
import type { Exposures } from "./exposures.ts";

/** Milliseconds after which a PC whose sockets were never seen counts as one where they cannot be. */
const FIRST_LOOK = 5000;

export class SafetyGate {
  readonly #exposures: Pick<Exposures, "want" | "decide">;
  readonly #clock: Clock;
  readonly #held = new Map<string, { intent: ExposureIntent; gate: Exposed["terms"]["gate"] }>();
  #timer: Cancel | null = null;

  constructor(exposures: Pick<Exposures, "want" | "decide">, clock: Clock) {
    this.#exposures = exposures;
    this.#clock = clock;
  }

  hold(intents: readonly ExposureIntent[]): void {
    for (const intent of intents) {
      this.#held.set(exposureKey(intent), { intent, gate: "unknown" });
      this.#exposures.want(intent, { gate: "unknown" });
    }
    if (intents.length > 0) this.#timer = this.#clock.after(FIRST_LOOK, () => this.seen([], []));
  }

  /** The user has decided about it otherwise. */
  release(ref: Parameters<typeof exposureKey>[0]): void {
    this.#held.delete(exposureKey(ref));
  }

  /** What listens now, as far as it is recognised, and what other devices announce. */
  seen(servers: readonly RecognisedServer[], network: readonly NetworkService[]): void {
    this.stop();
    for (const held of this.#held.values()) {
      const ports = portsOf(held.intent);
      const refusal = refusalToExpose(servers, ports, network);
      const isThere = servers.some(
        (one) => one.transport === held.intent.transport && one.port === held.intent.internalPort,
      );
      // A dangerous server that is away for a moment is no reason to open its port.
      if (refusal === null && !isThere && typeof held.gate === "object") continue;
      held.gate =
        refusal === null
          ? "open"
          : { code: "unsafe", message: `${problem("unsafe").message} ${refusal.message}` };
      this.#exposures.decide(held.intent, held.gate);
    }
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }
}
