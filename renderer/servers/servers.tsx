/** The programs that listen on this PC and are not exposed. */
import { useMemo, useState } from "react";
import type { Gateway } from "../../shared/snapshot.ts";
import { selectExposures, selectLooked, selectServers, useWindowStore } from "../store.ts";
import { Fold } from "../ui/fold.tsx";
import { groupServers, type ListedServer } from "./server-groups.ts";
import { NetworkServices } from "./network-services.tsx";
import { ServerRow } from "./server-row.tsx";
import "./servers.css";

/** Rows shown before the user asks for all. */
const FIRST_ROWS = 60;

const noGateways: readonly Gateway[] = [];

export function Servers() {
  const servers = useWindowStore(selectServers);
  const exposures = useWindowStore(selectExposures);
  const gateways = useWindowStore((state) => state.snapshot?.gateways ?? noGateways);
  const groups = useMemo(
    () => groupServers(servers, exposures, gateways),
    [servers, exposures, gateways],
  );
  const looked = useWindowStore(selectLooked);
  return (
    <section className="section" aria-labelledby="servers-title">
      <header className="section-head">
        <h2 id="servers-title" tabIndex={-1}>
          Servers on this PC
        </h2>
        {groups.servers.length > 0 && <span className="count">{groups.servers.length} found</span>}
      </header>
      {groups.servers.length === 0 ? (
        <div className="empty">
          <p className="empty-title">
            {looked ? noneText(exposures.length) : "Looking for servers…"}
          </p>
          <p>Start your server, it shows up here within a second.</p>
        </div>
      ) : (
        <ServerList servers={groups.servers} />
      )}
      {groups.background.length > 0 && (
        <Fold title={`Also listening (${groups.background.length})`}>
          {() => <ServerList servers={groups.background} />}
        </Fold>
      )}
      <NetworkServices />
    </section>
  );
}

function noneText(exposed: number): string {
  return exposed === 0 ? "No server runs yet" : "No other server runs";
}

function ServerList({ servers }: { readonly servers: readonly ListedServer[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? servers : servers.slice(0, FIRST_ROWS);
  return (
    <>
      <ul className="rows">
        {shown.map(({ key, server, obstacle }) => (
          <li key={key}>
            <ServerRow server={server} obstacle={obstacle} />
          </li>
        ))}
      </ul>
      {shown.length < servers.length && (
        <button type="button" className="button show-all" onClick={() => setAll(true)}>
          Show all ({servers.length})
        </button>
      )}
    </>
  );
}
