/** How the mappers of a gateway are made. */
import type { GatewayRef, PortMapper } from "./port-mapper.ts";
import type { QuirkStore } from "./upnp/igd/quirks.ts";

/** Makes the mappers for a gateway, best protocol first; those that it does not speak may be among them. */
export type MapperFactory = (
  gateway: GatewayRef,
  /** Of the gateway, over runs; without it nothing is remembered. */
  quirks?: QuirkStore | null,
) => readonly PortMapper[];
