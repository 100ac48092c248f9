/** What makes the outside of a mapping. */
import type { Transport } from "../../shared/snapshot.ts";
import type { UdpAddress } from "../engine/environment.ts";

export interface OpenPort {
  readonly externalPort: number;
  close(): void;
}

export interface PortWish {
  readonly transport: Transport;
  readonly internal: UdpAddress;
  /** 0 when the client has no wish. */
  readonly suggestedPort: number;
  /** True when another port than the suggested one is of no use (PREFER_FAILURE). */
  readonly exact: boolean;
  /** Whether a visitor may come in; asked for each one, as the answer changes while the port is open. */
  readonly admits: (from: UdpAddress) => boolean;
}

/** Makes the outside of a mapping; null when it cannot be had. */
export type PortOpener = (wish: PortWish) => Promise<OpenPort | null>;
