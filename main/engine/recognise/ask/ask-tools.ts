/** What is needed to ask a server. */
import type { Clock, Network, Random } from "../../environment.ts";
import type { ExchangeTcp } from "./exchange.ts";

export interface AskTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Pick<Network, "connectUdp">;
  readonly exchangeTcp: ExchangeTcp;
}
