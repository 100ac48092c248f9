/** What the settings keep of exposures: pure changes of a `Settings`. */
import type { ExposureRef } from "../../../shared/contract.ts";
import { exposureKey } from "../../../shared/endpoint.ts";
import type { ExposureIntent, Settings } from "../../../shared/settings.ts";

/** All ports of an exposure, its own first. */
export function portsOf({ host, block = [], ...first }: ExposureIntent): readonly ExposureRef[] {
  const own = { transport: first.transport, internalPort: first.internalPort };
  return [own, ...block].map((port) => (host === undefined ? port : { ...port, host }));
}

/** True for a port that is open as a part of another exposure. */
export function isInBlock({ exposures }: Settings, ref: ExposureRef): boolean {
  const key = exposureKey(ref);
  return exposures.some((other) =>
    portsOf(other)
      .slice(1)
      .some((port) => exposureKey(port) === key),
  );
}

/** Those that become a part of `intent`. */
export function absorbedBy(
  { exposures }: Settings,
  intent: ExposureIntent,
): readonly ExposureIntent[] {
  const keys = new Set(portsOf(intent).slice(1).map(exposureKey));
  return exposures.filter((other) => keys.has(exposureKey(other)));
}

/** Adds an exposure, in place of the one of the same port and of those that it takes in. */
export function withExposure(settings: Settings, intent: ExposureIntent): Settings {
  const gone = new Set([intent, ...absorbedBy(settings, intent)].map(exposureKey));
  const others = settings.exposures.filter((other) => !gone.has(exposureKey(other)));
  return { ...settings, exposures: [...others, intent] };
}

export function withoutExposure(settings: Settings, ref: ExposureRef): Settings {
  const key = exposureKey(ref);
  return {
    ...settings,
    exposures: settings.exposures.filter((other) => exposureKey(other) !== key),
  };
}

export function withSources(
  settings: Settings,
  ref: ExposureRef,
  sources: readonly string[],
): Settings {
  const key = exposureKey(ref);
  const exposures = settings.exposures.map((intent) =>
    exposureKey(intent) === key ? { ...intent, sources: [...sources] } : intent,
  );
  return { ...settings, exposures };
}

export function withWhileRunning(
  settings: Settings,
  ref: ExposureRef,
  whileRunning: boolean,
): Settings {
  const key = exposureKey(ref);
  const exposures = settings.exposures.map((intent) =>
    exposureKey(intent) === key ? { ...intent, whileRunning } : intent,
  );
  return { ...settings, exposures };
}
