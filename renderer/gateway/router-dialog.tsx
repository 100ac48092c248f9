/** The routers on the way, what they hold, and what changed of late. */
import { protocolName } from "../../shared/endpoint.ts";
import type { Gateway } from "../../shared/snapshot.ts";
import { useWindowStore } from "../store.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Changes } from "./changes.tsx";
import { OutsideView } from "./outside-view.tsx";
import { RouterHolds } from "./router-holds.tsx";
import "./router-dialog.css";

const noGateways: readonly Gateway[] = [];

export function RouterDialog({ onClose }: { readonly onClose: () => void }) {
  const gateways = useWindowStore(({ snapshot }) => snapshot?.gateways ?? noGateways);
  return (
    <Dialog title="Router" onClose={onClose}>
      <div className="dialog-body">
        <section aria-labelledby="way-title">
          <h3 id="way-title">Way to the internet</h3>
          {gateways.length === 0 ? (
            <p className="hint">No router is known.</p>
          ) : (
            <ul className="routers">
              {gateways.map((gateway) => (
                <li key={gateway.address} data-state={gateway.state}>
                  <span className="router-address">{gateway.address}</span>
                  <span>{describe(gateway)}</span>
                </li>
              ))}
            </ul>
          )}
          <OutsideView />
        </section>
        <RouterHolds />
        <Changes />
      </div>
    </Dialog>
  );
}

const ways = {
  ipv4: "your router",
  ipv6: "your router, over IPv6",
  upstream: "the router before it",
  further: "another router",
} as const;

function describe({ state, protocols, externalAddress, way }: Gateway): string {
  const speaks = {
    probing: "is being asked",
    silent: "does not answer",
    answering: protocols.map(protocolName).join(", "),
  }[state];
  return [
    ways[way ?? "ipv4"],
    speaks,
    ...(externalAddress === null ? [] : [`outside ${externalAddress}`]),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
