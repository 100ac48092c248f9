/** The words the app was started with. Chromium adds its own, so unknown ones are passed over. */
import { gatewaysSchema } from "../../shared/settings.ts";

export interface CommandLine {
  /** Gateway for this run, or several as in the settings; null finds it. */
  readonly gateway: string | null;
  /** Start in the tray, without the window. */
  readonly hidden: boolean;
  /** Log to standard error. */
  readonly verbose: boolean;
  /** What was wrong, in a sentence; null when nothing was. */
  readonly mistake: string | null;
}

/** `--gateway ADDRESS` or `--gateway=ADDRESS`, perhaps several times, `--hidden`, `--verbose`. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const named = words.flatMap((word, at) => {
    if (word === "--gateway") return [words[at + 1] ?? ""];
    return word.startsWith("--gateway=") ? [word.slice("--gateway=".length)] : [];
  });
  const given = named.length === 0 ? null : named.join(", ");
  const read = given === null ? null : gatewaysSchema.safeParse(given);
  return {
    gateway: read?.success === true ? read.data : null,
    hidden: words.includes("--hidden"),
    verbose: words.includes("--verbose"),
    mistake:
      read?.success === false ? `--gateway ${given}: ${read.error.issues[0]?.message}` : null,
  };
}
