/** The look of a name's state: an icon of its own shape, and a tone that the words repeat. */
import type { Name } from "../../shared/snapshot.ts";
import { CheckCircleIcon, FailedIcon, HourglassIcon, IdleIcon, WarningIcon } from "../ui/icons.tsx";

export interface NameLook {
  readonly Icon: () => React.ReactNode;
  readonly tone: "busy" | "open" | "warning" | "failed";
}

export function nameLook({ state }: Pick<Name, "state">): NameLook {
  switch (state) {
    case "planned":
    case "writing":
    case "published":
      return { Icon: HourglassIcon, tone: "busy" };
    case "visible":
      return { Icon: CheckCircleIcon, tone: "open" };
    case "stale":
      return { Icon: IdleIcon, tone: "warning" };
    case "error":
      return { Icon: WarningIcon, tone: "warning" };
    case "blocked":
      return { Icon: FailedIcon, tone: "failed" };
  }
}
