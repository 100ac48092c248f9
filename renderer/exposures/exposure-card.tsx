/** One exposure: where it is reached, how long the mapping lasts, its state and what can be done. */
import { memo, useRef } from "react";
import {
  barrierOf,
  describeState,
  exposureKey,
  formatEndpoint,
  isSilent,
  protocolName,
  refOf,
} from "../../shared/endpoint.ts";
import { warningText } from "../../shared/services/warnings.ts";
import type { Exposure, Problem } from "../../shared/snapshot.ts";
import { run } from "../store.ts";
import { CheckBox } from "../ui/check-box.tsx";
import { useFocusHandover } from "../ui/focus-handover.ts";
import { WarningIcon } from "../ui/icons.tsx";
import { ServerIcon } from "../ui/server-icon.tsx";
import { CopyButton } from "./copy-button.tsx";
import { EmptyRing, LeaseRing } from "./lease-ring.tsx";
import { stateLook } from "./state-look.ts";
import { Visitors } from "./visitors.tsx";
import { Ways } from "./ways.tsx";

export interface ExposureCardProps {
  readonly exposure: Exposure;
  readonly title: string;
  /** What the running server told of itself. */
  readonly told: string | null;
  /** Its picture, as a `data:` URI. */
  readonly icon: string | null;
}

export const ExposureCard = memo(function ExposureCard({
  exposure,
  title,
  told,
  icon,
}: ExposureCardProps) {
  const { transport, internalPort, state, protocol, endpoint, expiresAt, lifetime } = exposure;
  const key = exposureKey(exposure);
  const { Icon, tone } = stateLook(exposure);
  const ref = useRef<HTMLElement>(null);
  useFocusHandover(ref, [
    `[data-testid="server-${transport}-${internalPort}"] > button`,
    "#exposures-title",
  ]);
  const closing = state === "withdrawing";
  const whileRunning = exposure.whileRunning === true;
  return (
    <article
      ref={ref}
      className={`card tone-${tone}`}
      data-testid={`exposure-${key.replace("/", "-")}`}
      data-state={state}
      aria-label={`${title} ${key}`}
      tabIndex={-1}
    >
      {expiresAt === null ? (
        <EmptyRing>
          <Icon />
        </EmptyRing>
      ) : (
        <LeaseRing expiresAt={expiresAt} lifetime={lifetime} />
      )}
      <div className="card-head">
        <div className="card-title">
          <ServerIcon icon={icon} />
          <h3 title={title}>{title}</h3>
        </div>
        <p className="card-facts">
          <span className="port">{key}</span>
          {protocol !== null && (
            <span className="badge" title="How the router was asked">
              {protocolName(protocol)}
            </span>
          )}
        </p>
        {told !== null && (
          <p className="card-told" title={told}>
            {told}
          </p>
        )}
        <p className="card-state">
          {expiresAt !== null && <Icon />}
          {describeState(exposure)}
        </p>
      </div>
      {endpoint !== null && (
        <div className="card-endpoint">
          <span className="endpoint" data-testid="endpoint">
            {formatEndpoint(endpoint)}
          </span>
          <CopyButton exposure={exposure} endpoint={formatEndpoint(endpoint)} />
        </div>
      )}
      <Ways exposure={exposure} />
      <Visitors exposure={exposure} title={title} />
      <Problems exposure={exposure} />
      <div className="card-actions">
        {exposure.session === true && (
          <p className="card-note">Closes for good when the server ends.</p>
        )}
        {!closing && exposure.session !== true && exposure.host === undefined && (
          <CheckBox
            checked={whileRunning}
            onChange={(checked) =>
              void run("setWhileRunning", { ...refOf(exposure), whileRunning: checked })
            }
          >
            Only while the server runs
          </CheckBox>
        )}
        {exposure.error !== null && !closing && (
          <button
            type="button"
            className="button"
            aria-label={`Try again ${title} ${key}`}
            onClick={() => void run("retry", refOf(exposure))}
          >
            Try again
          </button>
        )}
        <button
          type="button"
          className="button"
          aria-label={`Stop exposing ${title} ${key}`}
          aria-disabled={closing}
          onClick={() => {
            if (!closing) void run("withdraw", refOf(exposure));
          }}
        >
          Stop exposing
        </button>
      </div>
    </article>
  );
});

function Problems({ exposure }: { readonly exposure: Exposure }) {
  const { error, finding, state, warnings = [] } = exposure;
  const dangers = error?.code === "unsafe" ? [] : warnings;
  const barrier = barrierOf(exposure);
  const problems = [error, barrier].filter((problem): problem is Problem => problem !== null);
  const note = barrier === null ? finding : null;
  // The words of the state say it while it is mapped and nothing is wrong.
  const silent =
    isSilent(exposure) &&
    state !== "withdrawing" &&
    state !== "waiting" &&
    (state !== "mapped" || barrier !== null);
  return (
    <>
      {problems.map(({ code, message }) => (
        <p key={code} className="card-problem" data-code={code}>
          <WarningIcon />
          {message}
        </p>
      ))}
      {dangers.map((name) => (
        <p key={name} className="card-problem" data-warning={name}>
          <WarningIcon />
          {warningText(name).reason} {warningText(name).saferWay}
        </p>
      ))}
      {note !== null && (
        <p className="card-note" data-code={note.code}>
          {note.message}
        </p>
      )}
      {silent && <p className="card-note">No program listens on this port yet.</p>}
    </>
  );
}
