/** What a server on the internet sees of the router, beside what the router says. */
import type { Outside } from "../../shared/snapshot.ts";
import { useWindowStore } from "../store.ts";
import { WarningIcon } from "../ui/icons.tsx";
import { When } from "../ui/when.tsx";

export function OutsideView() {
  const outside = useWindowStore(({ snapshot }) => snapshot?.outside);
  const told = useWindowStore(({ snapshot }) => snapshot?.gateways[0]?.externalAddress ?? null);
  if (outside === undefined) return null;
  const trouble = outside.finding ?? outside.error;
  return (
    <dl className="outside" data-testid="outside" data-finding={outside.finding?.code}>
      <dt>Seen from the internet</dt>
      <dd>
        <Seen outside={outside} told={told} />
        {trouble !== null && (
          <span className="outside-trouble" data-code={trouble.code}>
            <WarningIcon />
            {trouble.message}
          </span>
        )}
      </dd>
    </dl>
  );
}

function Seen({ outside, told }: { readonly outside: Outside; readonly told: string | null }) {
  const { address, at, server } = outside;
  if (address === null || at === null) {
    return outside.error === null ? <span>not known yet</span> : null;
  }
  const isSame = address === told;
  return (
    <span>
      as <span className="router-address">{address}</span>
      {isSame ? ": the same" : ""}
      <span className="outside-how">
        by {server}, <When at={at} />
      </span>
    </span>
  );
}
