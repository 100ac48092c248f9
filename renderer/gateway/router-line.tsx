/** The gateway in one line of words. */
import { useState } from "react";
import { describeGateway } from "../../shared/endpoint.ts";
import { useWindowStore } from "../store.ts";
import { HourglassIcon, RouterIcon, WarningIcon } from "../ui/icons.tsx";
import { RouterDialog } from "./router-dialog.tsx";

export function RouterLine() {
  const [open, setOpen] = useState(false);
  const snapshot = useWindowStore((state) => state.snapshot);
  const state = snapshot?.gateways[0]?.state;
  const lost = snapshot !== null && snapshot.revision > 0 && state === undefined;
  const look = (() => {
    if (state === "silent" || lost) return { Icon: WarningIcon, tone: "warning" };
    if (state === "answering") return { Icon: RouterIcon, tone: "plain" };
    return { Icon: HourglassIcon, tone: "plain" };
  })();
  return (
    <div
      className={`router-line router-${look.tone}`}
      data-testid="router"
      data-state={state ?? "none"}
    >
      <look.Icon />
      <button
        type="button"
        className="router-button"
        title="More about the router"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {describeGateway(snapshot ?? { gateways: [], revision: 0 })}
      </button>
      {open && <RouterDialog onClose={() => setOpen(false)} />}
    </div>
  );
}
