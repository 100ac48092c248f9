/** The look of an exposure's state: an icon of its own shape, and a tone that the words repeat. */
import { barrierOf, isSilent } from "../../shared/endpoint.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import {
  CheckCircleIcon,
  ClosingIcon,
  FailedIcon,
  HourglassIcon,
  IdleIcon,
  WaitingIcon,
  WarningIcon,
} from "../ui/icons.tsx";

export interface StateLook {
  readonly Icon: () => React.ReactNode;
  /** `open` is not green: nothing is, before an answer from outside. */
  readonly tone: "busy" | "open" | "warning" | "failed";
}

export function stateLook(exposure: Exposure): StateLook {
  switch (exposure.state) {
    case "mapping":
      return { Icon: HourglassIcon, tone: "busy" };
    case "withdrawing":
      return { Icon: ClosingIcon, tone: "busy" };
    case "waiting":
      return { Icon: WaitingIcon, tone: "busy" };
    case "failed":
      return { Icon: FailedIcon, tone: "failed" };
    case "mapped":
      if (barrierOf(exposure) !== null || exposure.error !== null) {
        return { Icon: WarningIcon, tone: "warning" };
      }
      return { Icon: isSilent(exposure) ? IdleIcon : CheckCircleIcon, tone: "open" };
  }
}
