/** The gateway in one line of words. */
import { describeGateway } from "../../shared/endpoint.ts";
import { useWindowStore } from "../store.ts";
import { HourglassIcon, RouterIcon, WarningIcon } from "../ui/icons.tsx";

export function RouterLine() {
  const snapshot = useWindowStore((state) => state.snapshot);
  const state = snapshot?.gateways[0]?.state;
  const lost = snapshot !== null && snapshot.revision > 0 && state === undefined;
  const look = (() => {
    if (state === "silent" || lost) return { Icon: WarningIcon, tone: "warning" };
    if (state === "answering") return { Icon: RouterIcon, tone: "plain" };
    return { Icon: HourglassIcon, tone: "plain" };
  })();
  return (
    <p
      className={`router-line router-${look.tone}`}
      data-testid="router"
      data-state={state ?? "none"}
    >
      <look.Icon />
      <span>{describeGateway(snapshot ?? { gateways: [], revision: 0 })}</span>
    </p>
  );
}
