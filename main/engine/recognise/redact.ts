/** Command lines hold passwords; snapshots, logs and scripts must not. */

/** Words that are secrets with anything before and behind them, and those that are only as a word of their own. */
const telling = String.raw`[\w.-]{0,40}(?:password|passwd|passphrase|requirepass|secret|token|api[_-]?key|auth[_-]?key|credential)[\w.-]{0,20}`;
const whole = String.raw`(?:[\w.-]{0,40}[_.-])?(?:pass|pwd)`;
/** `-password x`, `--token=x`, `+rcon_password x`, `?ServerPassword=x`, `ADMIN_TOKEN=x`. */
const option = new RegExp(
  String.raw`((?:^|[\s?&,;])[-+/]{0,2}(?:${telling}|${whole})(?:=|:|\s+))("[^"]*"|'[^']*'|[^\s?&]+)`,
  "gi",
);
const credentials = /(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/g;

/** With each secret replaced by dots; the option's name stays. */
export function redact(commandLine: string): string {
  return commandLine
    .replace(credentials, "$1•••@")
    .replace(option, (found, name: string, value: string) =>
      // The next option, not a value: the password is empty.
      /^[-+]{1,2}[a-z]/i.test(value) && /\s$/.test(name) ? found : `${name}•••`,
    );
}
