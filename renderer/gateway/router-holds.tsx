/** What the router holds, and whose it is; asked for when it is opened, since a router takes its time. */
import { useEffect, useEffectEvent, useState } from "react";
import { portKey } from "../../shared/endpoint.ts";
import { describeOwner, type RouterTable, type RouterTableRow } from "../../shared/router-table.ts";
import { question, send } from "../store.ts";

export function RouterHolds() {
  const [answer, setAnswer] = useState<RouterTable | string | null>(null);
  const look = useEffectEvent(async (): Promise<void> => {
    const result = await question("routerTable", undefined);
    setAnswer(result.ok ? result.value : result.error.message);
  });
  useEffect(() => void look(), []);
  const remove = async ({ transport, externalPort }: RouterTableRow): Promise<void> => {
    const refusal = await send("removeMapping", { transport, externalPort });
    if (refusal !== null) return setAnswer(refusal.message);
    const result = await question("routerTable", undefined);
    if (result.ok) setAnswer(result.value);
  };
  return (
    <section aria-labelledby="holds-title">
      <h3 id="holds-title">Ports open on it</h3>
      <Holds answer={answer} onRemove={(row) => void remove(row)} />
    </section>
  );
}

interface HoldsProps {
  readonly answer: RouterTable | string | null;
  readonly onRemove: (row: RouterTableRow) => void;
}

function Holds({ answer, onRemove }: HoldsProps) {
  if (answer === null) return <p className="hint">Asking the router…</p>;
  if (typeof answer === "string") return <p className="hint">{answer}</p>;
  const { rows, complete } = answer;
  return (
    <>
      {rows.length === 0 ? (
        <p className="hint">{complete ? "None." : "None of ours."}</p>
      ) : (
        <div className="holds">
          <table>
            <thead>
              <tr>
                <th scope="col">Outside</th>
                <th scope="col">Leads to</th>
                <th scope="col">Whose</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={portKey(row.transport, row.externalPort)} row={row} onRemove={onRemove} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!complete && (
        <p className="hint">The router does not show its list: these are the ones we know of.</p>
      )}
    </>
  );
}

function Row({ row, onRemove }: { readonly row: RouterTableRow } & Pick<HoldsProps, "onRemove">) {
  const { transport, externalPort, internalClient, internalPort, description, owner } = row;
  const outside = portKey(transport, externalPort);
  return (
    <tr data-owner={owner}>
      <th scope="row">{outside}</th>
      <td>
        {internalClient}:{internalPort}
      </td>
      <td>
        {describeOwner(owner)}
        {owner === "other" && description !== "" && (
          <span className="holds-note">{description}</span>
        )}
        {owner === "leaked" && (
          <button
            type="button"
            className="button small"
            aria-label={`Remove ${outside} from the router`}
            onClick={() => onRemove(row)}
          >
            Remove
          </button>
        )}
      </td>
    </tr>
  );
}
