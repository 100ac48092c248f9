/** The DNS names that lead here. */
import type { Name } from "../../shared/snapshot.ts";
import { nameKey, useWindowStore } from "../store.ts";
import { NameCard } from "./name-card.tsx";
import "./names.css";

const noNames: readonly Name[] = [];

export function Names() {
  const names = useWindowStore((state) => state.snapshot?.names ?? noNames);
  return names.length === 0 ? null : (
    <section className="section" aria-labelledby="names-title">
      <header className="section-head">
        <h2 id="names-title">Names</h2>
      </header>
      <ul className="cards">
        {names.map((name) => (
          <li key={nameKey(name)}>
            <NameCard name={name} />
          </li>
        ))}
      </ul>
    </section>
  );
}
