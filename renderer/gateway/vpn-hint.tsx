import { vpnWarning } from "../../shared/network-interface.ts";
import { useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";

/** Says, while something is open, that a VPN may keep visitors out. */
export function VpnHint() {
  const warning = useWindowStore(({ snapshot }) =>
    snapshot === null || snapshot.exposures.length === 0
      ? null
      : vpnWarning(snapshot.interfaces ?? []),
  );
  return warning === null ? null : <Banner level="warning">{warning}</Banner>;
}
