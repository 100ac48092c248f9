/** One name: what friends type, how far its records have come, and the records themselves. */
import { memo, useRef } from "react";
import { providerName } from "../../shared/dns-providers.ts";
import { describeName } from "../../shared/name-text.ts";
import type { Name } from "../../shared/snapshot.ts";
import { run } from "../store.ts";
import { useFocusHandover } from "../ui/focus-handover.ts";
import { Fold } from "../ui/fold.tsx";
import { WarningIcon } from "../ui/icons.tsx";
import { When } from "../ui/when.tsx";
import { nameLook } from "./name-look.ts";
import { NameUpdates } from "./name-updates.tsx";
import { RecordTable } from "./record-table.tsx";

export interface NameCardProps {
  readonly name: Name;
  /** Opens what can be changed of it; null where nothing can. */
  readonly onChange: ((name: Name) => void) | null;
}

export const NameCard = memo(function NameCard({ name, onChange }: NameCardProps) {
  const { fqdn, provider, state, records, lastChange, nextAttempt, error, shares } = name;
  const { Icon, tone } = nameLook(name);
  const ref = useRef<HTMLElement>(null);
  useFocusHandover(ref, ["#names-title"]);
  return (
    <article
      ref={ref}
      className={`card name-card tone-${tone}`}
      data-testid={`name-${fqdn}`}
      data-state={state}
      aria-label={fqdn}
    >
      <div className="card-head">
        <h3 title={fqdn}>{fqdn}</h3>
        <p className="card-facts">
          <span className="badge" title="Where the name is kept">
            {providerName(provider)}
          </span>
          {lastChange !== null && (
            <span>
              changed <When at={lastChange} />
            </span>
          )}
        </p>
        <p className="card-state">
          <Icon />
          <span>
            {describeName(name)}
            {nextAttempt !== null && (
              <>
                {" "}
                <When at={nextAttempt} />
              </>
            )}
          </span>
        </p>
      </div>
      {error !== null && (
        <p className="card-problem" data-code={error.code}>
          <WarningIcon />
          {error.message}
        </p>
      )}
      {shares.length > 0 && (
        <dl className="shares">
          {shares.map(({ exposure, text }) => (
            <div key={exposure}>
              <dt>
                Friends type <span className="port">({exposure})</span>
              </dt>
              <dd className="share">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {records.length > 0 && (
        <Fold
          className="records"
          title={records.length === 1 ? "1 record" : `${records.length} records`}
        >
          {() => <RecordTable caption={`Records of ${fqdn}`} records={records} />}
        </Fold>
      )}
      <NameUpdates name={name} />
      <div className="card-actions">
        {onChange !== null && (
          <button
            type="button"
            className="button"
            aria-label={`Change ${fqdn}…`}
            onClick={() => onChange(name)}
          >
            Change…
          </button>
        )}
        <button
          type="button"
          className="button"
          aria-label={`Update ${fqdn} now`}
          aria-disabled={state === "writing"}
          onClick={() => {
            if (state !== "writing") void run("updateName", { fqdn });
          }}
        >
          Update now
        </button>
      </div>
    </article>
  );
});
