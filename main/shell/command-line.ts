/** The words the app was started with. Chromium adds its own, so unknown ones are passed over. */
import { gatewayAddressSchema } from "../../shared/settings.ts";

export interface CommandLine {
  /** Gateway for this run; null finds it. */
  readonly gateway: string | null;
  /** Start in the tray, without the window. */
  readonly hidden: boolean;
  /** Log to standard error. */
  readonly verbose: boolean;
  /** What was wrong, in a sentence; null when nothing was. */
  readonly mistake: string | null;
}

/** `--gateway ADDRESS` or `--gateway=ADDRESS`, `--hidden`, `--verbose`. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const at = words.findIndex((word) => word === "--gateway" || word.startsWith("--gateway="));
  const given = at === -1 ? null : (words[at]?.split("=")[1] ?? words[at + 1] ?? "");
  const valid = given !== null && gatewayAddressSchema.safeParse(given).success;
  return {
    gateway: valid ? given : null,
    hidden: words.includes("--hidden"),
    verbose: words.includes("--verbose"),
    mistake: given === null || valid ? null : `--gateway ${given}: not an IP address`,
  };
}
