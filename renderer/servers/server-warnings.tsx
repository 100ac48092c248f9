/** What the user should know of a server before exposing it. */
import { type WarningName, warningText } from "../../shared/services/warnings.ts";
import { InfoIcon, WarningIcon } from "../ui/icons.tsx";

/** Reason and better way; of a server that should stay closed the dialog tells the way. */
export function ServerWarnings({ warnings }: { readonly warnings: readonly WarningName[] }) {
  const texts = warnings.map((name) => ({ name, ...warningText(name) }));
  const refusals = texts.filter(({ level }) => level === "refuse");
  return (refusals.length > 0 ? refusals : texts).map(({ name, level, reason, saferWay }) => (
    <p key={name} className={`warning warning-${level}`} data-warning={name}>
      {level === "note" ? <InfoIcon /> : <WarningIcon />}
      <span>
        <span className="warning-reason">{reason}</span>
        {level !== "refuse" && ` ${saferWay}`}
      </span>
    </p>
  ));
}
