/** Why a server should stay closed, and what to do instead. */
import { type WarningName, warningText } from "../../shared/services/warnings.ts";
import { WarningIcon } from "./icons.tsx";
import "./reasons.css";

export function Reasons({ warnings }: { readonly warnings: readonly WarningName[] }) {
  return (
    <ul className="reasons">
      {warnings.map((name) => {
        const { reason, saferWay } = warningText(name);
        return (
          <li key={name} data-warning={name}>
            <WarningIcon />
            <div>
              <p>{reason}</p>
              <p className="reason-instead">
                <strong>Better:</strong> {saferWay}
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
