/** What became of the last updates of a name; asked for when it is opened, and again when the name changed since. */
import { useEffect, useState } from "react";
import type { NameUpdate } from "../../shared/name-history.ts";
import type { Name } from "../../shared/snapshot.ts";
import { question } from "../store.ts";
import { Fold } from "../ui/fold.tsx";
import { CheckCircleIcon, FailedIcon, WarningIcon } from "../ui/icons.tsx";
import { When } from "../ui/when.tsx";

export function NameUpdates({ name }: { readonly name: Name }) {
  return (
    <Fold className="updates" title="Last updates">
      {() => <Updates name={name} />}
    </Fold>
  );
}

function Updates({ name }: { readonly name: Name }) {
  const [answer, setAnswer] = useState<readonly NameUpdate[] | string | null>(null);
  useEffect(() => {
    let current = true;
    const { fqdn, account } = name;
    void question("nameHistory", { fqdn, account }).then((result) => {
      if (current) setAnswer(result.ok ? result.value : result.error.message);
      return undefined;
    });
    return () => {
      current = false;
    };
    // Whatever changes of the name, an update may have been the reason.
  }, [name]);
  if (answer === null) return null;
  if (typeof answer === "string") return <p className="hint">{answer}</p>;
  if (answer.length === 0) return <p className="hint">Nothing was written yet.</p>;
  return (
    <ol className="update-list" aria-label={`Last updates of ${name.fqdn}`}>
      {answer.map((update) => (
        <li key={JSON.stringify(update)} className={`update-${update.outcome}`}>
          <Update update={update} />
        </li>
      ))}
    </ol>
  );
}

const outcomes = {
  written: { words: "Written", Icon: CheckCircleIcon },
  conflict: { words: "Not written: something else stood there; looked again", Icon: WarningIcon },
  refused: { words: "Refused", Icon: FailedIcon },
  failed: { words: "Failed", Icon: WarningIcon },
} as const;

function Update({ update: { at, outcome, changes, error, times } }: { update: NameUpdate }) {
  const { words, Icon } = outcomes[outcome];
  return (
    <>
      <p className="update-head">
        <Icon />
        <span>
          {words}
          {times > 1 && `, ${times} times`}
        </span>
        <When at={at} />
      </p>
      {error !== null && <p className="update-error">{error.message}</p>}
      <ul className="update-changes">
        {changes.map((change) => (
          <li key={`${change.name} ${change.type}`}>
            <Change {...change} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Change({ name, type, from, to }: NameUpdate["changes"][number]) {
  const [old, now] = [from.join(", "), to.join(", ")];
  return (
    <>
      <span className="update-record">
        {type} {name}
      </span>
      <span className="update-values">
        {old === now ? (
          <>{now} (sent again)</>
        ) : (
          <>
            {old === "" ? "none" : <del>{old}</del>}
            <span aria-hidden="true"> → </span>
            <span className="visually-hidden"> became </span>
            {now === "" ? "none" : <ins>{now}</ins>}
          </>
        )}
      </span>
    </>
  );
}
