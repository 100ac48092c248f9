/** What is open to the internet. */
import { useMemo, useState } from "react";
import {
  describeDetails,
  exposedServer,
  exposureKey,
  exposureTitle,
} from "../../shared/endpoint.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { selectExposures, selectLooked, selectServers, useWindowStore } from "../store.ts";
import { PlusIcon } from "../ui/icons.tsx";
import { ExposureCard } from "./exposure-card.tsx";
import "./exposures.css";
import { OpenPortDialog } from "./open-port-dialog.tsx";

export function Exposures() {
  const exposures = useWindowStore(selectExposures);
  const servers = useWindowStore(selectServers);
  const looked = useWindowStore(selectLooked);
  const [asking, setAsking] = useState(false);
  const cards = useMemo(
    () =>
      exposures.map((exposure) => ({
        exposure,
        title: exposureTitle(exposure, servers),
        ...toldBy(exposedServer(exposure, servers)),
      })),
    [exposures, servers],
  );
  return (
    <section className="section" aria-labelledby="exposures-title">
      <header className="section-head">
        <h2 id="exposures-title" tabIndex={-1}>
          Open to the internet
        </h2>
        <button type="button" className="button quiet" onClick={() => setAsking(true)}>
          <PlusIcon />
          Open another port…
        </button>
      </header>
      {exposures.length === 0 ? (
        <div className="empty">
          {looked && <p className="empty-title">Nothing is open</p>}
          <p>Press Expose beside a server, and this PC’s router lets visitors through to it.</p>
        </div>
      ) : (
        <ul className="cards">
          {cards.map(({ exposure, ...facts }) => (
            <li key={exposureKey(exposure)}>
              <ExposureCard exposure={exposure} {...facts} />
            </li>
          ))}
        </ul>
      )}
      {asking && <OpenPortDialog onClose={() => setAsking(false)} />}
    </section>
  );
}

function toldBy(server: RecognisedServer | undefined): {
  readonly told: string | null;
  readonly icon: string | null;
} {
  if (server?.details === undefined) return { told: null, icon: null };
  const { details, title, service } = server;
  return { told: describeDetails(details, title, service?.role), icon: details.icon ?? null };
}
