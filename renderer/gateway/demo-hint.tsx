import { isDemoNetwork } from "../../shared/endpoint.ts";
import { useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";

/** Says that what is open in the demo network is open to nobody else. */
export function DemoHint() {
  const demo = useWindowStore(
    ({ snapshot }) => snapshot !== null && isDemoNetwork(snapshot.gateways),
  );
  return demo ? (
    <Banner level="info">
      <strong>Demo network:</strong> nothing leaves this PC. The router is a small program here, and
      what you expose is open on this PC alone.
    </Banner>
  ) : null;
}
