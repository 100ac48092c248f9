/** What the name leads to. */
import { exposureKey, exposureTitle } from "../../shared/endpoint.ts";
import { selectExposures, selectServers, useWindowStore } from "../store.ts";
import { CheckBox } from "../ui/check-box.tsx";
import { Choice } from "../ui/choice.tsx";
import type { NameDraft } from "./name-draft.ts";

export interface ExposureFieldProps {
  readonly draft: NameDraft;
  readonly error: string | null;
  readonly onChange: (part: Partial<NameDraft>) => void;
}

export function ExposureField({ draft, error, onChange }: ExposureFieldProps) {
  const exposures = useWindowStore(selectExposures);
  const servers = useWindowStore(selectServers);
  const chosen = draft.exposures;
  const titles = new Map(
    exposures.map((exposure) => [
      exposureKey(exposure),
      `${exposureTitle(exposure, servers)} (${exposureKey(exposure)})`,
    ]),
  );
  const options = chosen === "all" ? [] : [...new Set([...titles.keys(), ...chosen])];
  return (
    <>
      <Choice
        label="It leads to"
        options={exposureOptions}
        value={chosen === "all" ? "all" : "some"}
        onChange={(value) => onChange({ exposures: value === "all" ? "all" : [...titles.keys()] })}
      />
      {chosen !== "all" && (
        <div className="checks">
          {options.map((key) => (
            <CheckBox
              key={key}
              checked={chosen.includes(key)}
              onChange={(checked) =>
                onChange({
                  exposures: checked ? [...chosen, key] : chosen.filter((other) => other !== key),
                })
              }
            >
              {titles.get(key) ?? `${key} (not open)`}
            </CheckBox>
          ))}
          {error !== null && <p className="hint field-error">{error}</p>}
        </div>
      )}
    </>
  );
}

const exposureOptions = [
  { value: "all", label: "All that is open" },
  { value: "some", label: "Some of it" },
] as const;
