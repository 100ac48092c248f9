/** Says what a server is where Homeport is wrong or does not know. */
import { useEffect, useId, useState } from "react";
import { portKey } from "../../shared/endpoint.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { run } from "../store.ts";
import type { KnownService } from "./known-services.ts";

/** Values of the list that are no ids of services. */
const RECOGNISE = "(recognise)";
const NONE = "(none)";

export function ServiceChoice({ server }: { readonly server: RecognisedServer }) {
  const { transport, port } = server;
  const id = useId();
  const [services, setServices] = useState<readonly KnownService[]>([]);
  useEffect(() => {
    let wanted = true;
    // The catalogue is large and rarely asked for.
    void import("./known-services.ts").then(({ knownServices }) => {
      if (wanted) setServices(knownServices);
      return undefined;
    });
    return () => {
      wanted = false;
    };
  }, []);
  const choose = (value: string): void => {
    const about = { transport, port };
    if (value === RECOGNISE) void run("correctService", about);
    else void run("correctService", { ...about, service: value === NONE ? null : value });
  };
  return (
    <div className="field service-choice">
      <label htmlFor={id}>Not right? {portKey(transport, port)} is</label>
      <select id={id} value="" onChange={(event) => choose(event.target.value)}>
        <option value="" disabled>
          Choose…
        </option>
        <option value={RECOGNISE}>What Homeport recognises</option>
        <option value={NONE}>None of these</option>
        <hr />
        {services.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
