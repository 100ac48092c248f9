/** What speaks against opening a device's service, by the kind that it announces itself as (RFC 6763 §7). */
import type { WarningName } from "../../../../shared/services/warnings.ts";

const kinds: readonly (readonly [WarningName, string])[] = [
  ["file-sharing", "smb afpovertcp nfs"],
  ["remote-desktop", "rdp rfb"],
  ["readable-passwords", "telnet ftp"],
  ["control-interface", "mqtt octoprint"],
  ["password-guessing", "ssh sftp-ssh"],
  ["local-network-only", "ipp ipps printer pdl-datastream scanner uscan"],
  ["local-network-only", "airplay raop googlecast spotify-connect dacp daap rtsp sonos"],
  ["local-network-only", "hap matter esphomelib workstation"],
];

const byType: ReadonlyMap<string, WarningName> = new Map(
  kinds.flatMap(([name, types]) => types.split(" ").map((type) => [`_${type}`, name] as const)),
);

/** `type` as announced, e.g. `_smb._tcp`. */
export function warningsOfKind(type: string): readonly WarningName[] {
  const name = byType.get(type.split(".", 1)[0] ?? "");
  return name === undefined ? [] : [name];
}
