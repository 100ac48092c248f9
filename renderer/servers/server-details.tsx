/** All that is known of one server, and the way to say that it is something else. */
import { Fragment } from "react";
import { serverName } from "../../shared/endpoint.ts";
import type { Evidence, RecognisedServer, ServerTimes } from "../../shared/snapshot.ts";
import { ServiceChoice } from "./service-choice.tsx";

const evidenceWords: Record<Evidence["kind"], string> = {
  process: "process",
  program: "program",
  "command-line": "command line",
  path: "path",
  configuration: "configuration",
  port: "port",
  answer: "its answer",
  announcement: "its announcement",
  user: "you",
};

export function ServerDetails({ server }: { readonly server: RecognisedServer }) {
  return (
    <div className="row-details">
      <dl>
        {facts(server).map(({ term, text }) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </Fragment>
        ))}
      </dl>
      {server.history !== undefined && (
        <p className="row-history">{describeHistory(server.history)}</p>
      )}
      <ServiceChoice server={server} />
    </div>
  );
}

/** `First seen 3 May, last time 4 May, last open 5 May`. */
function describeHistory({ firstSeen, lastSeen, lastExposed }: ServerTimes): string {
  return [
    `First seen ${dayOf(firstSeen)}`,
    ...(lastSeen === null ? [] : [`last time ${dayOf(lastSeen)}`]),
    ...(lastExposed === null ? [] : [`last open ${dayOf(lastExposed)}`]),
  ].join(", ");
}

function dayOf(at: string): string {
  const date = new Date(at);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return (isThisYear ? dayInYear : dayInFull).format(date);
}

const dayInYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const dayInFull = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
});

interface Fact {
  readonly term: string;
  readonly text: string;
}

function facts({ addresses, process, service, ...server }: RecognisedServer): readonly Fact[] {
  const evidence = service?.evidence.map(({ kind, detail }) => `${evidenceWords[kind]}: ${detail}`);
  const target = process?.program?.target;
  const all: readonly (Fact | null)[] = [
    evidence === undefined ? null : { term: "Known by", text: evidence.join(", ") },
    { term: "Listens on", text: addresses.join(", ") },
    process === null
      ? { term: "Program", text: "The system does not say which." }
      : { term: "Program", text: `${serverName({ ...server, process })} (process ${process.pid})` },
    process?.container === undefined ? null : { term: "Container", text: process.container },
    target === undefined
      ? null
      : { term: "Leads to", text: `${target.address}, port ${target.port}` },
    process === null || process.commandLine === ""
      ? null
      : { term: "Started as", text: process.program?.commandLine ?? process.commandLine },
  ];
  return all.filter((fact) => fact !== null);
}
