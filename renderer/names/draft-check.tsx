/** Before a name is saved: is the account right, and what would be written? Neither changes anything. */
import { useState } from "react";
import type { Answer, Refusal } from "../../shared/contract.ts";
import type { AccountSetting } from "../../shared/settings.ts";
import type { NamePreview } from "../../shared/snapshot.ts";
import { question } from "../store.ts";
import { CheckCircleIcon, FailedIcon, HourglassIcon, InfoIcon } from "../ui/icons.tsx";
import type { NameDraft, ReadyDraft } from "./name-draft.ts";
import { RecordTable } from "./record-table.tsx";

export interface DraftCheckProps {
  readonly draft: NameDraft;
  readonly accounts: readonly AccountSetting[];
  /** What the form comes to; null after it showed what is wrong with it. */
  readonly ready: () => ReadyDraft | null;
}

type Finding =
  | { readonly kind: "asking" }
  | { readonly kind: "tested"; readonly answer: Answer<"testAccount"> }
  | { readonly kind: "preview"; readonly preview: NamePreview }
  | { readonly kind: "refused"; readonly refusal: Refusal };

interface Question {
  readonly about: { readonly account: AccountSetting; readonly secret?: string };
  readonly name: ReadyDraft["name"];
}

/** Null where the account is gone in the meantime. */
function questionOf(
  { account, name }: ReadyDraft,
  accounts: readonly AccountSetting[],
): Question | null {
  if (account === null) {
    const known = accounts.find(({ id }) => id === name.account);
    return known === undefined ? null : { about: { account: known }, name };
  }
  const { secret, label = "", user = "", server = "", zone = "", ...ids } = account;
  return {
    about: {
      account: { ...ids, label, user, server, zone },
      ...(typeof secret === "string" && { secret }),
    },
    name,
  };
}

async function test({ about, name: { fqdn } }: Question): Promise<Finding> {
  const result = await question("testAccount", { ...about, fqdn });
  return result.ok
    ? { kind: "tested", answer: result.value }
    : { kind: "refused", refusal: result.error };
}

async function preview({ about, name }: Question): Promise<Finding> {
  const result = await question("previewName", { ...about, name });
  return result.ok
    ? { kind: "preview", preview: result.value }
    : { kind: "refused", refusal: result.error };
}

export function DraftCheck({ draft, accounts, ready }: DraftCheckProps) {
  const [found, setFound] = useState<{ of: NameDraft; finding: Finding } | null>(null);
  // What was found of another draft says nothing of this one; an answer that comes too late is shown to nobody.
  const finding = found?.of === draft ? found.finding : null;
  const ask = async (inquire: (about: Question) => Promise<Finding>): Promise<void> => {
    const read = ready();
    const about = read === null ? null : questionOf(read, accounts);
    if (about === null) return;
    setFound({ of: draft, finding: { kind: "asking" } });
    const next = await inquire(about);
    setFound((now) => (now?.of === draft ? { of: draft, finding: next } : now));
  };
  const isAsking = finding?.kind === "asking";
  return (
    <div className="draft-check">
      <div className="draft-check-actions">
        <button
          type="button"
          className="button"
          aria-disabled={isAsking}
          onClick={() => {
            if (!isAsking) void ask(test);
          }}
        >
          Test the account
        </button>
        <button type="button" className="button" onClick={() => void ask(preview)}>
          Preview records
        </button>
      </div>
      <output>{finding !== null && <FindingText finding={finding} />}</output>
      {finding?.kind === "preview" && <Preview {...finding.preview} />}
    </div>
  );
}

const answers = {
  accepted: {
    Icon: CheckCircleIcon,
    tone: "open",
    text: "The provider accepts this account for this name.",
  },
  untestable: {
    Icon: InfoIcon,
    tone: "idle",
    text: "This provider offers no test; the first update will show whether it is right.",
  },
} as const;

function FindingText({ finding }: { readonly finding: Finding }) {
  switch (finding.kind) {
    case "asking":
      return (
        <p className="finding tone-busy">
          <HourglassIcon />
          The provider is being asked…
        </p>
      );
    case "tested": {
      const { Icon, tone, text } = answers[finding.answer];
      return (
        <p className={`finding tone-${tone}`}>
          <Icon />
          {text}
        </p>
      );
    }
    case "refused":
      return (
        <p className="finding tone-failed" data-code={finding.refusal.code}>
          <FailedIcon />
          {finding.refusal.message}
        </p>
      );
    case "preview":
      return (
        <p className="finding tone-idle">
          <InfoIcon />
          {previewText(finding.preview)}
        </p>
      );
  }
}

function previewText({ records }: NamePreview): string {
  switch (records.length) {
    case 0:
      return "Nothing would be written: no open port has an internet address yet.";
    case 1:
      return "One record would be written.";
    default:
      return `${records.length} records would be written.`;
  }
}

/** It opens at the end of a form that may be longer than the window. */
function bringIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function Preview({ records, shares, problems }: NamePreview) {
  if (records.length + shares.length + problems.length === 0) return null;
  return (
    <div className="preview" ref={bringIntoView}>
      {problems.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="finding tone-warning" data-code={code}>
          <InfoIcon />
          {message}
        </p>
      ))}
      {records.length > 0 && <RecordTable caption="What would be written" records={records} />}
      {shares.length > 0 && (
        <p className="hint">
          Friends would type <strong>{shares.map(({ text }) => text).join(", ")}</strong>
        </p>
      )}
    </div>
  );
}
