/** Why a server should not be reachable from the internet, and what to do instead. Scripts read names, people sentences. */

interface WarningText {
  /** `refuse`: exposing needs a second, deliberate yes. `warn`: told beforehand. `note`: good to know. */
  readonly level: "refuse" | "warn" | "note";
  readonly reason: string;
  readonly saferWay: string;
}

const texts = {
  database: {
    level: "refuse",
    reason: "Databases are searched for and broken into within hours of being reachable.",
    saferWay:
      "Leave it on this PC and let a program here answer for it, or use a VPN or an SSH tunnel.",
  },
  "file-sharing": {
    level: "refuse",
    reason:
      "File sharing of local networks is the way most worms spread, and many providers block it.",
    saferWay: "Use a VPN such as WireGuard, or a web-based file server with HTTPS.",
  },
  "remote-desktop": {
    level: "refuse",
    reason:
      "Whoever guesses one password has this whole PC, and such ports are tried day and night.",
    saferWay: "Use a VPN such as WireGuard, or an SSH tunnel.",
  },
  "remote-console": {
    level: "refuse",
    reason:
      "This is the remote console of the server: its password travels readable and it may do anything.",
    saferWay: "Use it on this PC or through a VPN; players do not need it.",
  },
  "admin-panel": {
    level: "refuse",
    reason: "This is the administration of the server: whoever gets in owns it.",
    saferWay: "Use it on this PC or through a VPN; visitors do not need it.",
  },
  "control-interface": {
    level: "refuse",
    reason: "Programs control this server here, with little or no check of who they are.",
    saferWay:
      "Leave it on this PC; put a web server that asks for a password in front if others must use it.",
  },
  "code-execution": {
    level: "refuse",
    reason: "Whoever reaches this can run programs on this PC.",
    saferWay: "Use an SSH tunnel or a VPN.",
  },
  "no-login": {
    level: "refuse",
    reason: "It answers everybody: there is no login unless somebody set one up.",
    saferWay:
      "Put a web server that asks for a password in front (for example Caddy), or use a VPN.",
  },
  "open-proxy": {
    level: "refuse",
    reason: "Strangers go through it to do harm, and it looks as if you had done it.",
    saferWay: "Leave it for this network, or use a VPN such as WireGuard.",
  },
  "development-server": {
    level: "refuse",
    reason: "Servers for development show source code and are not made to withstand attacks.",
    saferWay:
      "Publish a finished build by a web server, or lend access through a tunnel for an hour.",
  },
  "local-network-only": {
    level: "refuse",
    reason:
      "This is for finding devices in the local network; from outside it only serves attacks on others.",
    saferWay: "Leave it closed; nothing outside needs it.",
  },
  "readable-passwords": {
    level: "refuse",
    reason: "Passwords travel readable through the internet.",
    saferWay: "Use SSH or SFTP instead.",
  },
  "password-guessing": {
    level: "warn",
    reason: "Passwords will be guessed at all day long.",
    saferWay: "Allow keys only, and take another external port than 22.",
  },
  unencrypted: {
    level: "warn",
    reason: "Without HTTPS, passwords and pages travel readable through the internet.",
    saferWay: "Put a web server with HTTPS (for example Caddy) in front and expose that.",
  },
  "shows-files": {
    level: "warn",
    reason: "Everybody can list and fetch all files of the folder that is served.",
    saferWay: "Check what lies in the folder, and stop the server when it is no longer needed.",
  },
  "open-to-strangers": {
    level: "warn",
    reason: "Strangers find open servers within a day and may join.",
    saferWay:
      "Set a password or an allow-list (whitelist), and keep account checks (online-mode) on.",
  },
  "maps-itself": {
    level: "note",
    reason:
      "This program can open its port at the router by itself; two at it may get into each other's way.",
    saferWay: "Switch its own UPnP option off and let Homeport do it.",
  },
} as const satisfies Record<string, WarningText>;

export type WarningName = keyof typeof texts;

export const warningNames = Object.keys(texts) as [WarningName, ...WarningName[]];

export function warningText(name: WarningName): WarningText {
  return texts[name];
}
