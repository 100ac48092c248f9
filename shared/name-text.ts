/** The state of a Name in words, for tray and window. */
import type { Name } from "./snapshot.ts";

export function describeName(name: Pick<Name, "state" | "records" | "nextAttempt">): string {
  switch (name.state) {
    case "planned":
      return name.records.length === 0 ? "Nothing to lead to yet" : "Not written yet";
    case "writing":
      return "Being written…";
    case "published":
      return "Written, but not all DNS servers answer with it yet";
    case "visible":
      return "All DNS servers answer with it";
    case "stale":
      return "Left as it is until Homeport knows better";
    case "blocked":
      return "Stopped until you do something";
    case "error":
      return name.nextAttempt === null ? "Not written" : "Not written; tried again";
  }
}
