/** How often the router is asked and our own ports are looked at, beside what it tells by itself (RFC 7393 §2.3). */
import type { Settings } from "../../shared/settings.ts";
import { Fold } from "../ui/fold.tsx";
import { SelectField } from "../ui/select-field.tsx";

type Pace = Pick<Settings, "inquiryMinutes" | "tableCheckMinutes">;

export interface CheckPaceProps extends Pace {
  readonly onChoose: (change: Partial<Pace>) => void;
}

/** Minutes; any from five to a day can stand in the settings. */
const inquiries = [5, 15, 30, 60, 240];
const tableChecks = [5, 30, 60] as const;

export function CheckPace({ inquiryMinutes, tableCheckMinutes, onChoose }: CheckPaceProps) {
  const offered = [...new Set([...inquiries, inquiryMinutes])].toSorted((a, b) => a - b);
  return (
    <Fold title="How often the router is asked">
      {() => (
        <div className="fold-fields">
          <SelectField
            label="Ask the router for the internet address"
            value={String(inquiryMinutes)}
            onChange={(value) => onChoose({ inquiryMinutes: Number(value) })}
            hint="While no port is open: an open one tells it with each renewal."
          >
            {offered.map((minutes) => (
              <option key={minutes} value={minutes}>
                {describePace(minutes)}
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Check the open ports"
            value={String(tableCheckMinutes)}
            onChange={(value) => {
              const chosen = tableChecks.find((minutes) => String(minutes) === value);
              if (chosen !== undefined) onChoose({ tableCheckMinutes: chosen });
            }}
            hint="What the router tells is acted on at once, whatever is chosen here."
          >
            {tableChecks.map((minutes) => (
              <option key={minutes} value={minutes}>
                {describePace(minutes)}
              </option>
            ))}
          </SelectField>
        </div>
      )}
    </Fold>
  );
}

function describePace(minutes: number): string {
  if (minutes % 60 !== 0) return `Every ${minutes} minutes`;
  return minutes === 60 ? "Every hour" : `Every ${minutes / 60} hours`;
}
