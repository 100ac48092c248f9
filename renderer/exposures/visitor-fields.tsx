/** Who may connect: everyone, or the visitors of a list. */
import { MOST_SOURCES, parseSource } from "../../shared/sources.ts";
import { Choice } from "../ui/choice.tsx";
import { TextField } from "../ui/text-field.tsx";

/** What stands in the fields. */
export interface VisitorDraft {
  readonly who: "everyone" | "listed";
  /** Kept while everyone may connect, so that nothing typed is lost. */
  readonly text: string;
}

export type ReadVisitors =
  | { readonly ok: true; readonly sources: string[] }
  | { readonly ok: false; readonly error: string };

const choices = [
  { value: "everyone", label: "Everyone" },
  { value: "listed", label: "Only these addresses" },
] as const;

export function draftOf(sources: readonly string[] = []): VisitorDraft {
  return { who: sources.length === 0 ? "everyone" : "listed", text: sources.join("\n") };
}

/** Addresses stand on lines of their own, or between commas or spaces. */
export function readVisitors({ who, text }: VisitorDraft): ReadVisitors {
  if (who === "everyone") return { ok: true, sources: [] };
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  if (words.length === 0) return { ok: false, error: "Enter an address, or let everyone connect." };
  const sources = new Set<string>();
  for (const word of words) {
    const parsed = parseSource(word);
    if (!parsed.ok) return { ok: false, error: parsed.message };
    sources.add(parsed.source);
  }
  return sources.size > MOST_SOURCES
    ? { ok: false, error: `At most ${MOST_SOURCES} addresses.` }
    : { ok: true, sources: [...sources] };
}

export interface VisitorFieldsProps {
  readonly draft: VisitorDraft;
  readonly onChange: (draft: VisitorDraft) => void;
  /** Why the list cannot be used; null when it can or has not been checked. */
  readonly error: string | null;
}

export function VisitorFields({ draft, onChange, error }: VisitorFieldsProps) {
  return (
    <>
      <Choice
        label="Who may connect"
        options={choices}
        value={draft.who}
        onChange={(who) => onChange({ ...draft, who })}
      />
      {draft.who === "listed" && (
        <TextField
          label="Internet addresses of your visitors"
          name="visitors"
          lines={3}
          hint="One on each line, for example 198.51.100.7, or a whole network: 198.51.100.0/24. The router keeps everyone else out. Where it cannot, the port stays closed."
          value={draft.text}
          onChange={(text) => onChange({ ...draft, text })}
          error={error}
        />
      )}
    </>
  );
}
