/** What other devices announce in the local network. Each is exposed only after a question of its own. */
import { useState } from "react";
import { addressScope } from "../../shared/address-scope.ts";
import { exposedKeys, portKey } from "../../shared/endpoint.ts";
import type { NetworkService } from "../../shared/snapshot.ts";
import { networkKey, selectExposures, useWindowStore } from "../store.ts";
import { Fold } from "../ui/fold.tsx";
import { ExposeDeviceDialog } from "./expose-device-dialog.tsx";

const none: readonly NetworkService[] = [];

export function NetworkServices() {
  const services = useWindowStore((state) => state.snapshot?.network ?? none);
  return services.length === 0 ? null : (
    <Fold title={`Announced by other devices (${services.length})`}>
      {() => (
        <ul className="rows">
          {services.map((service) => (
            <li key={networkKey(service)} className="announced">
              <Announced service={service} />
            </li>
          ))}
        </ul>
      )}
    </Fold>
  );
}

function Announced({ service }: { readonly service: NetworkService }) {
  const exposures = useWindowStore(selectExposures);
  const [asking, setAsking] = useState(false);
  const { name, type, transport, port, host, addresses } = service;
  const label = name === "" ? type : name;
  // Routers translate IPv4 alone; a device may have another address elsewhere.
  const ipv4 = addresses.filter((address) => /^[\d.]+$/.test(address));
  const device = ipv4.find((address) => addressScope(address) === "private") ?? ipv4[0];
  const [address = device] = device === undefined ? addresses : [device];
  const where = [host, address, type].filter(Boolean);
  const isExposed =
    device !== undefined && exposedKeys(exposures).has(portKey(transport, port, device));
  return (
    <>
      <div className="announced-text">
        <p>
          <strong>{label}</strong> <span className="port">{portKey(transport, port)}</span>
        </p>
        <p className="announced-at" title={addresses.join(", ")}>
          {where.join(" · ")}
        </p>
      </div>
      {device !== undefined && !isExposed && (
        <button
          type="button"
          className="button"
          aria-label={`Expose ${label} ${portKey(transport, port, device)}`}
          aria-haspopup="dialog"
          onClick={() => setAsking(true)}
        >
          Expose…
        </button>
      )}
      {asking && device !== undefined && (
        <ExposeDeviceDialog service={service} host={device} onClose={() => setAsking(false)} />
      )}
    </>
  );
}
