/** What the user asks of exposures: whether it may be, what else it takes, and what is kept of it. */
import type { ExposureRef, ParsedRequest, Refusal, Result } from "../../../shared/contract.ts";
import { exposureKey } from "../../../shared/endpoint.ts";
import type { ExposureIntent, Settings } from "../../../shared/settings.ts";
import type { NetworkService, RecognisedServer } from "../../../shared/snapshot.ts";
import type { LocalAddress } from "../environment.ts";
import { isLimited } from "../gateway/sources-refusal.ts";
import { portNeeds } from "../recognise/port-needs.ts";
import { endsForGood, refusalToExpose } from "../recognise/safety.ts";
import {
  absorbedBy,
  isInBlock,
  portsOf,
  withExposure,
  withoutExposure,
  withSources,
  withWhileRunning,
} from "./exposure-settings.ts";
import type { Exposures } from "./exposures.ts";
import { refusalOfHost } from "./other-hosts.ts";
import type { SafetyGate } from "./safety-gate.ts";

export interface ExposureRequestsOptions {
  readonly exposures: Exposures;
  readonly safetyGate: SafetyGate;
  readonly settings: () => Settings;
  readonly save: (settings: Settings) => void;
  /** What was noted of this exposure's endpoint says nothing of what comes. */
  readonly forget: (key: string) => void;
  readonly servers: () => readonly RecognisedServer[];
  /** What other devices announce. */
  readonly network: () => readonly NetworkService[];
  readonly localAddresses: () => readonly LocalAddress[];
  /** The addresses of the gateways in use. */
  readonly gateways: () => readonly string[];
}

/** What was asked for by the start itself, such as on a command line. */
interface ThisRun {
  readonly exposures: readonly ExposureIntent[];
  readonly despiteWarnings: boolean;
  readonly outlived: boolean;
}

const limitInBlock: Refusal = {
  code: "in-block",
  message: "This port is open as a part of another exposure: choose there who may connect.",
};

export class ExposureRequests {
  readonly #options: ExposureRequestsOptions;
  /** Those of this run that end with a server that ends for good. */
  #ofThisRun: readonly ExposureIntent[] = [];

  constructor(options: ExposureRequestsOptions) {
    this.#options = options;
  }

  /** What was kept, and exposures of this run alone; those are held back until nothing speaks against them. */
  begin({ exposures: ofThisRun, despiteWarnings, outlived }: ThisRun): void {
    const { exposures, safetyGate, settings } = this.#options;
    if (!outlived) this.#ofThisRun = ofThisRun;
    exposures.together(() => {
      for (const intent of settings().exposures) exposures.want(intent);
      const limited = ofThisRun.map((intent) => this.#withLimits(intent));
      if (!despiteWarnings) safetyGate.hold(limited);
      else for (const intent of limited) exposures.want(intent);
      exposures.clearLeftovers();
    });
  }

  /** Nobody clicked on a world that is open to LAN to expose a port of this run: that one listens there shows only now. */
  endWithSessions(): void {
    const { exposures, servers } = this.#options;
    for (const intent of this.#ofThisRun) {
      if (endsForGood(servers(), intent)) exposures.endWithSession(intent);
    }
  }

  expose({ despiteWarning, ...asked }: ParsedRequest<"expose">): Result<null> {
    const { exposures, safetyGate, settings, save, forget, servers, network } = this.#options;
    const intent = this.#withLimits(this.#withNeeds(asked));
    const stranger = this.#refusalOfHost(intent);
    if (stranger !== null) return { ok: false, error: stranger };
    const refusal = refusalToExpose(servers(), portsOf(intent), network());
    if (refusal !== null && despiteWarning !== true) return { ok: false, error: refusal };
    safetyGate.release(intent);
    if (endsForGood(servers(), intent)) {
      exposures.want({ ...intent, whileRunning: true }, { session: true });
      return { ok: true, value: null };
    }
    // What is open as a part of another exposure needs none of its own.
    if (isInBlock(settings(), intent)) {
      return isLimited(intent) ? { ok: false, error: limitInBlock } : { ok: true, value: null };
    }
    for (const other of absorbedBy(settings(), intent)) exposures.withdraw(other);
    forget(exposureKey(intent));
    // The request is on its way, and in the lease book, before the disk is waited for: after a crash in between the
    // next run removes what this one asked for.
    exposures.want(intent);
    save(withExposure(settings(), intent));
    return { ok: true, value: null };
  }

  withdraw(ref: ExposureRef): void {
    const { exposures, safetyGate, settings, save, forget } = this.#options;
    safetyGate.release(ref);
    save(withoutExposure(settings(), ref));
    forget(exposureKey(ref));
    exposures.withdraw(ref);
  }

  setWhileRunning({ whileRunning, ...ref }: ParsedRequest<"setWhileRunning">): void {
    const { exposures, settings, save } = this.#options;
    save(withWhileRunning(settings(), ref, whileRunning));
    exposures.setWhileRunning(ref, whileRunning);
  }

  setSources({ sources, ...ref }: ParsedRequest<"setSources">): void {
    const { exposures, settings, save } = this.#options;
    save(withSources(settings(), ref, sources));
    exposures.setSources(ref, sources);
  }

  #refusalOfHost({ host }: ExposureIntent): Refusal | null {
    const { localAddresses, gateways } = this.#options;
    return host === undefined ? null : refusalOfHost(host, localAddresses(), gateways());
  }

  /** What the server on this port needs beside it, unless whoever asks has said so. */
  #withNeeds(intent: ExposureIntent): ExposureIntent {
    if (intent.block !== undefined || intent.host !== undefined) return intent;
    const { block, samePort } = portNeeds(this.#options.servers(), intent);
    const same = samePort && intent.externalPort === null;
    return { ...intent, ...(block.length > 0 && { block }), ...(same && { samePort }) };
  }

  /** Asked for anew without a word about visitors, a port lets in no more of them than before. */
  #withLimits(intent: ExposureIntent): ExposureIntent {
    const sources = intent.sources ?? this.#options.exposures.sourcesOf(portsOf(intent)) ?? [];
    return sources.length > 0 ? { ...intent, sources: [...sources] } : intent;
  }
}
