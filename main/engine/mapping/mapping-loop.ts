/**
 * Brings one mapping to what is wanted of it, and keeps it there. Reconciled, not scripted: every event
 * (timer, answer, gateway change, user) only asks for another look, and each step may be repeated.
 */
import { portKey } from "../../../shared/endpoint.ts";
import { problem } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import { sameSources } from "../../../shared/sources.ts";
import type { Cancel, Environment } from "../environment.ts";
import type { Layer } from "../gateway/layer.ts";
import { type Lease, type LeaseBook, leaseKeyOf } from "../gateway/lease-book.ts";
import {
  type LeaseRequest,
  type MapOutcome,
  type PortMapper,
  type UnmapOutcome,
} from "../gateway/port-mapper.ts";
import { isLimited, mayStandOpen } from "../gateway/sources-refusal.ts";
import { GatewayExchange } from "./gateway-exchange.ts";
import {
  codeOf,
  type GatewayLink,
  type HeldLease,
  keepsNonce,
  LeaseRecords,
} from "./lease-records.ts";
import { LeaseTiming } from "./lease-timing.ts";
import { type MappingView, mappingView } from "./mapping-view.ts";
import { inTheWay, LIFETIME, type MappingWish, requestFor } from "./mapping-wish.ts";

export interface MappingLoopOptions {
  readonly environment: Environment;
  readonly book: LeaseBook;
  /** Which way in it belongs to. */
  readonly layer: Layer;
  readonly wish: MappingWish;
  /** False for a leftover of an earlier run that only needs to be removed. */
  readonly wanted: boolean;
  /** The view changed. */
  readonly onChange: () => void;
  /** Not wanted any more, and nothing of it is left on the gateway that we could remove. */
  readonly onGone: () => void;
}

/** Seconds until a wish for one certain external port is tried again. */
const RETRY_TAKEN_PORT = 300;
/** Milliseconds between looks whether what no gateway in use holds was closed by whoever left that gateway. */
const LOOK_WITHOUT_GATEWAY = 30_000;
/** Seconds until an operation that the system refused (no route) is tried again. */
const RETRY_SYSTEM_ERROR = 5;

export class MappingLoop {
  readonly #options: MappingLoopOptions;
  readonly #key: string;
  readonly #records: LeaseRecords;
  readonly #timing: LeaseTiming;
  #wish: MappingWish;
  #wanted: boolean;
  #link: GatewayLink | null = null;
  #linkProblem: Problem | null = null;
  readonly #exchange: GatewayExchange;
  /** The gateway confirmed the lease in this run, and nothing since said that it lost it. */
  #confirmed = false;
  /** Why it is not (or may soon not be) mapped, and until when (monotonic) asking again is useless. */
  #refusal: { readonly problem: Problem; readonly until: number } | null = null;
  #checkDue = false;
  #wakeUp: Cancel | null = null;
  #ended = false;

  constructor(options: MappingLoopOptions) {
    this.#options = options;
    const { environment, book, layer, wish } = options;
    this.#wish = wish;
    this.#wanted = options.wanted;
    this.#key = portKey(wish.transport, wish.internalPort, wish.host);
    this.#records = new LeaseRecords(environment, book, layer, wish);
    this.#timing = new LeaseTiming(environment.random);
    this.#exchange = new GatewayExchange({
      clock: environment.clock,
      onSilent: () => this.#changed(),
      onError: (error) => {
        environment.log.warn("cannot reach the gateway", { error: String(error) });
        this.#refuse(problem("network-unreachable", codeOf(error)), RETRY_SYSTEM_ERROR);
        this.#reconcile();
      },
    });
  }

  get wish(): MappingWish {
    return this.#wish;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** The user asked for it, perhaps again or with another external port. */
  want(wish: MappingWish): void {
    const otherPort =
      wish.externalPort !== null && wish.externalPort !== this.#lease()?.externalPort;
    const otherCount = (wish.count ?? 1) !== (this.#wish.count ?? 1);
    const otherSources = !sameSources(wish.sources, this.#wish.sources);
    this.#wish = wish;
    this.#wanted = true;
    this.#refusal = null;
    if (otherPort || otherCount || otherSources) this.#confirmed = false;
    this.#checkDue = false;
    this.#restart();
  }

  /** The user does not want it any more; `onGone` tells when it is off the gateway. */
  withdraw(): void {
    this.#wanted = false;
    this.#confirmed = false;
    this.#refusal = null;
    this.#restart();
  }

  /** Ask again at once, whatever was answered before. */
  retry(): void {
    if (this.#confirmed && this.#refusal !== null) this.#checkDue = true;
    this.#refusal = null;
    this.#restart();
  }

  /** Another gateway or protocol (or none, and why) is in use from now on. */
  attach(link: GatewayLink | null, problem: Problem | null): void {
    this.#linkProblem = problem;
    const before = this.#link;
    this.#link = link;
    if (link?.mapper === before?.mapper) {
      // What is to go may be in a protocol that answers only now, or that does not answer any more.
      if (isSame(link?.answering, before?.answering) || !this.#holdsTooMuch()) {
        return this.#changed();
      }
      this.#confirmed = false;
      return this.#restart();
    }
    this.#confirmed = false;
    this.#refusal = null;
    this.#restart();
  }

  /** The gateway lost its state: what it granted has to be asked for again. */
  stateLost(): void {
    this.#confirmed = false;
    this.#refusal = null;
    if (this.#exchange.kind !== "map") this.#restart();
  }

  /** The same as it announced it: what stands is shown until the answer, what does not is asked for anew. */
  suspect(): void {
    if (this.#confirmed) this.check();
    else this.stateLost();
  }

  /** The gateway has another external address, and with it all that `mapper` made. */
  moved(mapper: PortMapper, externalAddress: string): void {
    const lease = this.#lease();
    if (!this.#confirmed || lease === null || this.#link?.mapper !== mapper) return;
    this.#records.rewrite({ ...lease, externalAddress });
    this.#changed();
  }

  /**
   * Something may have happened to the lease (sleep, a clock that jumped): asks again now. What stands is shown
   * until the answer, or until it ends.
   */
  check(): void {
    if (!this.#confirmed || this.#exchange.kind === "map") return;
    const lease = this.#lease();
    if (lease !== null && this.#records.hasEnded(lease)) this.#confirmed = false;
    this.#checkDue = true;
    this.#restart();
  }

  /** Sees to it that what should be under way is: sends nothing where all is as it should be. */
  look(): void {
    if (this.#ended || this.#exchange.kind !== null) return;
    this.#clearTimers();
    this.#reconcile();
  }

  /** Leaves the gateway as it is and stops. */
  close(): void {
    this.#ended = true;
    this.#exchange.giveUp();
    this.#clearTimers();
  }

  view(): MappingView {
    return mappingView({
      wanted: this.#wanted,
      gateway: this.#link?.address ?? null,
      lease: this.#confirmed ? this.#lease() : null,
      refusal: this.#refusal?.problem ?? null,
      silent: this.#exchange.silent,
      linkProblem: this.#linkProblem,
    });
  }

  #lease(): Lease | null {
    return this.#records.on(this.#link);
  }

  /** True where something of it has to go first. */
  #holdsTooMuch(): boolean {
    if (!this.#wanted || this.#link === null) return !this.#wanted;
    return inTheWay(this.#records, this.#link, this.#wish) !== null;
  }

  #restart(): void {
    this.#exchange.giveUp();
    this.#clearTimers();
    this.#changed();
    this.#reconcile();
  }

  #reconcile(): void {
    if (this.#ended || this.#exchange.kind !== null) return;
    this.#clearTimers();
    const { clock } = this.#options.environment;
    if (this.#refusal !== null && !this.#confirmed) {
      const wait = this.#refusal.until - clock.monotonic();
      if (wait > 0) return this.#lookAgainIn(wait);
    }
    if (!this.#wanted) {
      if (this.#link !== null) {
        const [held] = this.#records.heldOn(this.#link);
        return held === undefined ? this.#gone() : this.#release(held);
      }
      // Without a gateway it cannot be removed: it ends by itself, and until then we do not call it gone.
      const ends = this.#records.remaining();
      return ends > 0 ? this.#lookAgainIn(Math.min(ends, LOOK_WITHOUT_GATEWAY)) : this.#gone();
    }
    if (this.#link === null) return;
    const lease = this.#lease();
    if (!this.#confirmed) {
      const other = inTheWay(this.#records, this.#link, this.#wish);
      if (other !== null) return this.#release(other);
      if (isLimited(this.#wish) && this.#records.letsInOthers(this.#link, this.#wish.sources)) {
        this.#refuse(problem("no-response"), RETRY_SYSTEM_ERROR);
        return this.#lookAgainIn(RETRY_SYSTEM_ERROR * 1000);
      }
      return this.#request(this.#link, lease, "map");
    }
    if (lease === null) return;
    const now = clock.monotonic();
    if (now >= this.#timing.endsAt) {
      this.#options.environment.log.warn("mapping expired", { mapping: this.#key });
      this.#confirmed = false;
      this.#changed();
      return this.#reconcile();
    }
    if (this.#checkDue) return this.#request(this.#link, lease, "map");
    // What was refused would be so again while the error lasts (RFC 6887 §8.3).
    const due = Math.max(this.#timing.renewAt, this.#refusal?.until ?? 0);
    if (now < due) return this.#lookAgainIn(Math.min(due, this.#timing.endsAt) - now);
    this.#timing.renewing(now, lease.lifetime);
    this.#request(this.#link, lease, "renew");
  }

  #request(link: GatewayLink, lease: Lease | null, kind: "map" | "renew"): void {
    const { random } = this.#options.environment;
    const near = lease ?? this.#records.near(link);
    const first = lease === null || !keepsNonce(lease);
    const request = requestFor(this.#wish, { lease, near }, random, kind === "renew");
    if (lease === null || this.#records.hasEnded(lease)) {
      const stands = lease !== null && this.#records.mayBeHeld(lease);
      const asked = this.#record(link, request, {
        externalAddress: stands ? lease.externalAddress : null,
        externalPort: request.suggestedPort,
        lifetime: LIFETIME,
      });
      if (!asked) return;
    }
    this.#exchange.run<MapOutcome>(
      kind,
      (signal, onQueued) => link.mapper.map(request, signal, onQueued),
      (outcome) => {
        this.#clearTimers();
        this.#answered(link, request, outcome, first);
      },
    );
    if (this.#confirmed) this.#limit(kind);
  }

  /**
   * A renewal without an answer makes room for the next one; a request without an answer does not keep a lease
   * alive that ends meanwhile.
   */
  #limit(kind: "map" | "renew"): void {
    const { clock } = this.#options.environment;
    const until =
      kind === "renew" ? Math.min(this.#timing.renewAt, this.#timing.endsAt) : this.#timing.endsAt;
    this.#wakeUp = clock.after(Math.max(0, Math.ceil(until - clock.monotonic())), () => {
      if (kind === "renew") {
        this.#exchange.giveUp();
        return this.#reconcile();
      }
      this.#confirmed = false;
      this.#changed();
    });
  }

  /** `first`: nothing of this lease was asked for before. */
  #answered(link: GatewayLink, request: LeaseRequest, outcome: MapOutcome, first: boolean): void {
    const { clock, log } = this.#options.environment;
    if (outcome.kind === "refused") {
      log.info("mapping refused", { mapping: this.#key, code: outcome.problem.code });
      const lease = this.#lease();
      const mayStand = outcome.mayStand ?? (!first && mayStandOpen(outcome.problem.code));
      if (mayStand && lease !== null) {
        this.#confirmed = false;
        this.#refuse(outcome.problem, outcome.retryAfter);
        return this.#release({ lease, mapper: link.mapper });
      }
      // What was refused and never granted is not on the gateway.
      if (lease?.externalAddress === null) this.#records.writeEnd(lease);
      this.#refuse(outcome.problem, outcome.retryAfter);
      // A refused renewal leaves the lease standing until it ends; the schedule goes on.
      this.#checkDue = false;
      return this.#reconcile();
    }
    // Who it is may have become known meanwhile.
    const { router = link.router } = this.#link?.mapper === link.mapper ? this.#link : link;
    const recorded = this.#record({ ...link, ...(router != null && { router }) }, request, outcome);
    if (!recorded) return;
    const now = clock.monotonic();
    this.#timing.granted(now, outcome.lifetime, outcome.askAgain);
    this.#checkDue = false;
    const { externalPort } = this.#wish;
    if (externalPort !== null && outcome.externalPort !== externalPort) {
      this.#confirmed = false;
      this.#refuse(
        problem("external-port-taken", `offered ${outcome.externalPort}`),
        RETRY_TAKEN_PORT,
      );
      const lease = this.#lease();
      if (lease !== null) this.#release({ lease, mapper: link.mapper });
      return;
    }
    this.#refusal = null;
    this.#confirmed = true;
    this.#changed();
    this.#reconcile();
  }

  #release({ lease, mapper }: HeldLease): void {
    this.#exchange.run<UnmapOutcome>(
      "unmap",
      (signal, onQueued) => mapper.unmap(leaseKeyOf(lease), signal, onQueued),
      (outcome) => {
        if (outcome.kind === "refused") {
          this.#refuse(outcome.problem, outcome.retryAfter);
        } else {
          this.#records.writeEnd(lease);
          this.#changed();
        }
        this.#reconcile();
      },
    );
  }

  #refuse(reason: Problem, retryAfter: number): void {
    const until = this.#options.environment.clock.monotonic() + retryAfter * 1000;
    this.#refusal = { problem: reason, until };
    this.#changed();
  }

  /** False when the disk refuses: then nothing may be asked. */
  #record(...lease: Parameters<LeaseRecords["write"]>): boolean {
    const trouble = this.#records.write(...lease);
    if (trouble === null) return true;
    this.#refuse(trouble, RETRY_SYSTEM_ERROR);
    this.#reconcile();
    return false;
  }

  #gone(): void {
    this.#ended = true;
    this.#clearTimers();
    this.#options.onGone();
  }

  /** Whole milliseconds: a rest below the clock's resolution would look again without time passing. */
  #lookAgainIn(milliseconds: number): void {
    const delay = Math.ceil(milliseconds);
    this.#wakeUp = this.#options.environment.clock.after(delay, () => this.#reconcile());
  }

  #clearTimers(): void {
    this.#wakeUp?.();
    this.#wakeUp = null;
  }

  #changed(): void {
    if (!this.#ended) this.#options.onChange();
  }
}

function isSame<T>(a: readonly T[] = [], b: readonly T[] = []): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
