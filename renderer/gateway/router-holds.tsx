/** What the router holds, and whose it is; asked for when it is opened, since a router takes its time. */
import { useEffect, useState } from "react";
import { portKey } from "../../shared/endpoint.ts";
import { describeOwner, type RouterTable, type RouterTableRow } from "../../shared/router-table.ts";
import { question, send } from "../store.ts";

export function RouterHolds() {
  const [answer, setAnswer] = useState<RouterTable | string | null>(null);
  const look = async (): Promise<void> => setAnswer(await ask());
  useEffect(() => {
    let current = true;
    void ask().then((told) => {
      if (current) setAnswer(told);
      return undefined;
    });
    return () => {
      current = false;
    };
  }, []);
  const remove = async ({ transport, externalPort }: RouterTableRow): Promise<void> => {
    const refusal = await send("removeMapping", { transport, externalPort });
    if (refusal === null) await look();
    else setAnswer(refusal.message);
  };
  return (
    <section aria-labelledby="holds-title">
      <h3 id="holds-title">Ports open on it</h3>
      <Holds answer={answer} onRemove={(row) => void remove(row)} />
    </section>
  );
}

/** The table, or why there is none. */
async function ask(): Promise<RouterTable | string> {
  const result = await question("routerTable", undefined);
  return result.ok ? result.value : result.error.message;
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
        <span className="holds-owner">{describeOwner(owner)}</span>
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
