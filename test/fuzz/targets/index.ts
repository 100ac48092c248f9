import type { Target } from "../target.ts";
import { dnsTargets } from "./dns.ts";
import { gamedigTargets } from "./gamedig.ts";
import { observeTargets } from "./observe.ts";
import { portControlTargets } from "./port-control.ts";
import { recogniseTargets } from "./recognise.ts";
import { routeTargets } from "./routes.ts";
import { systemTargets } from "./system.ts";
import { upnpTargets } from "./upnp.ts";

/** Every parser that reads what others wrote. */
export const targets: readonly Target[] = [
  ...portControlTargets,
  ...upnpTargets,
  ...dnsTargets,
  ...observeTargets,
  ...recogniseTargets,
  ...gamedigTargets,
  ...routeTargets,
  ...systemTargets,
];
