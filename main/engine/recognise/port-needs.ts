/** What a recognised server needs to be reached, beside the port that was clicked: the catalogue's word on its ports. */
import { findService } from "../../../shared/services/catalogue.ts";
import type { Service, ServicePort } from "../../../shared/services/schema.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { RecognisedServer } from "../../../shared/snapshot.ts";

export interface PortNeeds {
  readonly block: NonNullable<ExposureIntent["block"]>;
  readonly samePort: boolean;
}

const nothing: PortNeeds = { block: [], samePort: false };

/** The further ports that have to be open with it, and whether the numbers must be the same outside. */
export function portNeeds(
  servers: readonly RecognisedServer[],
  { transport, internalPort }: Pick<ExposureIntent, "transport" | "internalPort">,
): PortNeeds {
  const server = servers.find(
    (one) => one.transport === transport && one.port === internalPort && one.service !== null,
  );
  const service = server?.service ? findService(server.service.id) : null;
  if (server === undefined || service === null) return nothing;
  const samePort = service.sameExternalPort === "required";
  const own = service.ports.find(({ role }) => role === server.service?.role);
  if (own === undefined) return { block: [], samePort };
  // Who opens a port beside the game's alone, a map or a voice plugin, wants that one.
  if (own.need !== "required") return nothing;
  const needed = service.ports.filter((port) => port.need === "required" && port !== own);
  const block = needed.flatMap((port) => {
    const number = numberOf(port, own, server, service, servers);
    return number === null ? [] : [{ transport: port.transport, internalPort: number }];
  });
  return { block, samePort };
}

/** The port where the same program has that role; else, where it has to stand, if the catalogue tells. */
function numberOf(
  port: ServicePort,
  own: ServicePort,
  server: RecognisedServer,
  service: Service,
  servers: readonly RecognisedServer[],
): number | null {
  const sibling = servers.find(
    (one) =>
      one.transport === port.transport &&
      one.service?.id === service.id &&
      one.service.role === port.role &&
      one.process?.pid === server.process?.pid,
  );
  if (sibling !== undefined) return sibling.port;
  const [first] = service.ports;
  const distance = distanceOf(port, first);
  const ownDistance = distanceOf(own, first);
  if (distance === null || ownDistance === null) return null;
  const number = server.port - ownDistance + distance;
  return number >= 1 && number <= 65_535 ? number : null;
}

/** From the first port; TCP and UDP of one number move together. */
function distanceOf(port: ServicePort, first: ServicePort | undefined): number | null {
  if (port === first || (port.port !== null && port.port === first?.port)) return 0;
  return port.offset ?? null;
}
