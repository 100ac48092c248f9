/** What the rooms of the engine know, as one Snapshot. Pure. */
import { portKey } from "../../shared/endpoint.ts";
import type { PublicSettings, Settings } from "../../shared/settings.ts";
import type {
  Exposure,
  NetworkService,
  Notice,
  RecognisedServer,
  Snapshot,
} from "../../shared/snapshot.ts";
import type { Names } from "./ddns/names.ts";
import type { Exposures } from "./exposure/exposures.ts";
import { withLimitedPorts } from "./exposure/limited-ports.ts";
import type { ServerHistory } from "./exposure/server-history.ts";
import type { LeaseBook } from "./gateway/lease-book.ts";
import type { Gateways } from "./gateways.ts";
import { withWarnings } from "./recognise/safety.ts";

export interface SnapshotParts {
  readonly gateways: Pick<Gateways, "views" | "interfaces" | "outside" | "changes">;
  readonly history: Pick<ServerHistory, "tell">;
  /** Null where no names are written. */
  readonly names: Pick<Names, "views" | "secretStorage"> | null;
  readonly servers: readonly RecognisedServer[];
  readonly network: readonly NetworkService[];
  /** As `exposureViews` has them. */
  readonly exposures: readonly Exposure[];
  readonly notices: readonly Notice[];
  readonly settings: Settings;
}

export function composeSnapshot(revision: number, parts: SnapshotParts): Snapshot {
  const storage = parts.names?.secretStorage ?? null;
  const { interfaces, outside } = parts.gateways;
  return {
    revision,
    gateways: parts.gateways.views,
    ...(interfaces === null ? {} : { interfaces }),
    ...(outside === null ? {} : { outside }),
    changes: parts.gateways.changes,
    servers: parts.servers.map((server) => parts.history.tell(server)),
    network: parts.network,
    exposures: parts.exposures,
    names: parts.names?.views() ?? [],
    ...(storage === null ? {} : { secretStorage: storage }),
    notices: parts.notices,
    settings: publicSettings(parts.settings),
  };
}

/** Exposures with what is known of their servers, and of the line that they stand on. */
export function exposureViews(
  exposures: Pick<Exposures, "views">,
  servers: readonly RecognisedServer[],
  book: Pick<LeaseBook, "all">,
): readonly Exposure[] {
  const listening = new Set(servers.map((server) => portKey(server.transport, server.port)));
  const views = exposures
    .views((transport, port) => listening.has(portKey(transport, port)))
    .map((exposure) => withWarnings(exposure, servers));
  const own = book.all().filter(({ layer }) => layer === "ipv4");
  return withLimitedPorts(views, own);
}

function publicSettings(settings: Settings): PublicSettings {
  const { theme, gateway, accounts, names, announce, observer } = settings;
  const { interface: chosen, inquiryMinutes, tableCheckMinutes } = settings;
  return {
    theme,
    gateway,
    interface: chosen,
    accounts,
    names,
    announce,
    observer,
    inquiryMinutes,
    tableCheckMinutes,
  };
}
