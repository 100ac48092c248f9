/** When the router, its address or a port changed, and how that was noticed. */
import { describeChange, describeSignal, type NetworkChange } from "../../shared/changes.ts";
import { useWindowStore } from "../store.ts";
import { When } from "../ui/when.tsx";

const noChanges: readonly NetworkChange[] = [];

export function Changes() {
  const changes = useWindowStore(({ snapshot }) => snapshot?.changes ?? noChanges);
  return (
    <section aria-labelledby="changes-title">
      <h3 id="changes-title">What changed</h3>
      {changes.length === 0 ? (
        <p className="hint">Nothing so far. New addresses and ports are noted here.</p>
      ) : (
        <ol className="changes">
          {changes.map((change) => (
            <li key={JSON.stringify(change)}>
              <When at={change.at} />
              <span>
                <span className="change-what">{describeChange(change)}</span>
                <span className="change-how">{describeSignal(change.signal)}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
