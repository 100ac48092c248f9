/** DNS records as a table. */
import { Fragment } from "react";
import type { NameRecord } from "../../shared/snapshot.ts";

export interface RecordTableProps {
  /** For assistive technology. */
  readonly caption: string;
  readonly records: readonly NameRecord[];
}

const stateWords: Record<NameRecord["state"], string | null> = {
  planned: "not written yet",
  published: null,
  removing: "being removed",
};

export function RecordTable({ caption, records }: RecordTableProps) {
  return (
    <table className="record-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Value</th>
          <th scope="col">TTL</th>
        </tr>
      </thead>
      <tbody>
        {records.map(({ name, type, value, ttl, state }) => (
          <tr key={`${name} ${type} ${value}`} className={`record-${state}`}>
            <td>
              <HostName name={name} />
            </td>
            <td>{type}</td>
            <td>
              {value}
              {stateWords[state] !== null && (
                <span className="record-state">{stateWords[state]}</span>
              )}
            </td>
            <td>{ttl === 0 ? "–" : `${ttl} s`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** May break behind each dot. */
function HostName({ name }: { readonly name: string }) {
  const labels = name.split(".");
  return labels.map((label, at) => (
    <Fragment key={labels.slice(at).join(".")}>
      {label}
      {at < labels.length - 1 && (
        <>
          .<wbr />
        </>
      )}
    </Fragment>
  ));
}
