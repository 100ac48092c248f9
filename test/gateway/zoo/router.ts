import type { ExposureIntent } from "../../../shared/settings.ts";
import type { ZooWorld } from "./world.ts";

/** A router with a quirk somebody met, as a script. */
export interface Router {
  readonly name: string;
  /** In a few words. */
  readonly quirk: string;
  /** Where it was met. */
  readonly threads: readonly string[];
  /** Answers no ordinary search in its time: what it takes to find it is beyond the six datagrams. */
  readonly unheard?: true;
  readonly prepare: (world: ZooWorld) => void;
  /** TCP 25565 unless told. */
  readonly intents?: readonly ExposureIntent[];
  /** A gateway named by hand. */
  readonly byHand?: string;
  /** See `outcomeOf`. */
  readonly outcome: string;
  /** What happens then; the outcome has to be the same after it, or `outcomeAfter`. */
  readonly later?: (world: ZooWorld) => Promise<void> | void;
  readonly outcomeAfter?: string;
  /** How many of our entries may be left after withdrawing, where the router deletes none; 0 unless told. */
  readonly left?: number;
}

export const minecraft: ExposureIntent = {
  transport: "tcp",
  internalPort: 25_565,
  externalPort: null,
};

/** Fails AddPortMapping for leases that `takes` refuses. */
export function leases(code: number, takes: (seconds: number) => boolean) {
  return (world: ZooWorld): void => {
    world.upnp.script.fault = (action, values) =>
      action === "AddPortMapping" && !takes(Number(values["NewLeaseDuration"])) ? code : null;
  };
}

export function refuses(code: number) {
  return ({ upnp }: ZooWorld): void => {
    upnp.script.fault = (action) => (action === "AddPortMapping" ? code : null);
  };
}

export const permanentOnly = leases(725, (seconds) => seconds === 0);
