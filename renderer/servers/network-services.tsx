/** What other devices announce in the local network. Homeport opens ports to this PC only, so none has a button. */
import { useState } from "react";
import { portKey } from "../../shared/endpoint.ts";
import type { NetworkService } from "../../shared/snapshot.ts";
import { networkKey, useWindowStore } from "../store.ts";
import { ChevronIcon } from "../ui/icons.tsx";

const none: readonly NetworkService[] = [];

export function NetworkServices() {
  const services = useWindowStore((state) => state.snapshot?.network ?? none);
  const [unfolded, setUnfolded] = useState(false);
  return services.length === 0 ? null : (
    <details
      className="fold"
      open={unfolded}
      onToggle={(event) => setUnfolded(event.currentTarget.open)}
    >
      <summary>
        <ChevronIcon />
        Announced by other devices ({services.length})
      </summary>
      {unfolded && (
        <ul className="rows">
          {services.map((service) => (
            <li key={networkKey(service)} className="announced">
              <Announced service={service} />
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function Announced({ service }: { readonly service: NetworkService }) {
  const { name, type, transport, port, host, addresses } = service;
  const where = [type, ...(host === null ? [] : [host]), ...addresses];
  return (
    <>
      <p>
        <strong>{name === "" ? type : name}</strong>{" "}
        <span className="port">{portKey(transport, port)}</span>
      </p>
      <p className="announced-at">{where.join(" · ")}</p>
    </>
  );
}
