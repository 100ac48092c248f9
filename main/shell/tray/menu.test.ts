import { expect, test } from "vitest";
import type { Exposure, RecognisedServer, Snapshot } from "../../../shared/snapshot.ts";
import { type MenuEntry, trayMenu, trayState, trayTooltip } from "./menu.ts";

const now = Date.parse("2026-05-04T12:00:00Z");

function server(part: Partial<RecognisedServer> = {}): RecognisedServer {
  return {
    transport: "tcp",
    port: 8080,
    addresses: ["0.0.0.0"],
    scope: "network",
    process: { pid: 7, name: "node", commandLine: "node server.js" },
    ephemeral: false,
    service: null,
    title: "Photos",
    warnings: [],
    ...part,
  };
}

function exposure(part: Partial<Exposure> = {}): Exposure {
  return {
    transport: "tcp",
    internalPort: 8080,
    state: "mapped",
    listening: true,
    protocol: "pcp",
    endpoint: { address: "198.51.100.7", port: 18_080 },
    expiresAt: "2026-05-04T12:30:00Z",
    lifetime: 7200,
    error: null,
    finding: null,
    ...part,
  };
}

function snapshot(part: Partial<Snapshot> = {}): Snapshot {
  return {
    revision: 3,
    gateways: [
      {
        address: "192.168.1.1",
        protocols: ["pcp"],
        externalAddress: "198.51.100.7",
        state: "answering",
      },
    ],
    servers: [],
    exposures: [],
    names: [],
    notices: [],
    settings: { theme: "system", gateway: null, accounts: [], names: [] },
    ...part,
  };
}

/** One line an entry, submenus indented; what can be clicked with its action. */
function drawn(entries: readonly MenuEntry[], indent = ""): string[] {
  return entries.flatMap((entry) => {
    switch (entry.kind) {
      case "separator":
        return [`${indent}---`];
      case "text":
        return [`${indent}${entry.label}`];
      case "action":
        return [`${indent}[${entry.label}] ${entry.action.kind}`];
      case "group":
        return [`${indent}${entry.label}`, ...drawn(entry.entries, `${indent}  `)];
    }
  });
}

function menu(part: Partial<Snapshot>): string[] {
  return drawn(trayMenu(snapshot(part), now));
}

test("shows the router, each exposure with endpoint and time left, what may be exposed, and the app", () => {
  const servers = [server(), server({ port: 3000, title: "Dashboard" })];
  expect(menu({ servers, exposures: [exposure()] })).toEqual([
    "Router 192.168.1.1 · PCP · internet address 198.51.100.7",
    "---",
    "Photos (tcp/8080): 198.51.100.7:18080 · 30 min left",
    "  [Copy 198.51.100.7:18080] copy",
    "  [Stop exposing] withdraw",
    "---",
    "Expose a server",
    "  [Dashboard (tcp/3000)] expose",
    "[Open Homeport] open-window",
    "---",
    "[Quit and keep ports open] quit-and-keep",
    "[Close ports and quit] quit",
  ]);
});

test("says plainly that there is nothing", () => {
  expect(menu({})).toEqual([
    "Router 192.168.1.1 · PCP · internet address 198.51.100.7",
    "---",
    "No ports open",
    "---",
    "No other servers found on this PC",
    "[Open Homeport] open-window",
    "---",
    "[Quit] quit",
  ]);
});

test("a failed exposure says why, and can be tried again", () => {
  const failed = exposure({
    state: "failed",
    endpoint: null,
    expiresAt: null,
    error: { code: "no-resources", message: "The router's table of open ports is full." },
  });
  expect(menu({ exposures: [failed] }).slice(2, 6)).toEqual([
    "Port 8080 (tcp/8080): not open",
    "  The router's table of open ports is full.",
    "  [Try again] retry",
    "  [Stop exposing] withdraw",
  ]);
});

test("an exposure that is closing cannot be closed twice", () => {
  const closing = exposure({ state: "withdrawing", endpoint: null, expiresAt: null });
  expect(menu({ exposures: [closing] })[2]).toBe("Port 8080 (tcp/8080): closing…");
  expect(menu({ exposures: [closing] }).join()).not.toContain("withdraw");
});

test("an exposure that waits for its server can be ended", () => {
  const waiting = exposure({ state: "waiting", endpoint: null, expiresAt: null });
  expect(menu({ exposures: [waiting] }).slice(2, 4)).toEqual([
    "Port 8080 (tcp/8080): waits for the server",
    "  [Stop exposing] withdraw",
  ]);
});

test.each([
  ["2026-05-04T12:00:20Z", "1 min left"],
  ["2026-05-04T13:30:00Z", "90 min left"],
  ["2026-05-04T14:00:00Z", "2 h left"],
  ["2026-05-11T12:00:00Z", "7 days left"],
  ["2026-05-04T11:00:00Z", "0 min left"],
])("until %s it is %s", (expiresAt, left) => {
  expect(menu({ exposures: [exposure({ expiresAt })] })[2]).toMatch(new RegExp(` · ${left}$`));
});

test("ports opened with it and the way over IPv6 stand in its group", () => {
  const endpoint = { address: "2001:db8::7", port: 8080 };
  const ipv6 = { ...exposure(), gateway: null, endpoint } as const;
  const block = [
    { transport: "udp", internalPort: 8081, endpoint: { address: "52.3.4.5", port: 8081 } },
  ] as const;
  const lines = menu({
    servers: [server({ transport: "udp", port: 8081 })],
    exposures: [exposure({ ipv6, block })],
  }).join("\n");
  expect(lines).toContain("With it: udp/8081 at 52.3.4.5:8081");
  expect(lines).toContain("Copy [2001:db8::7]:8080");
  expect(lines).toContain("No other servers found");
});

test("offers neither clients, nor what cannot be reached, nor what is exposed; and not endlessly many", () => {
  const servers = [
    server({ ephemeral: true, port: 1 }),
    server({ scope: "loopback", port: 2 }),
    server({ port: 8080 }),
    ...Array.from({ length: 20 }, (_, index) => server({ port: 9000 + index })),
  ];
  const lines = menu({ servers, exposures: [exposure()] });
  const offered = lines.filter((line) => line.endsWith("] expose"));
  expect(offered).toHaveLength(15);
  expect(offered[0]).toContain("tcp/9000");
  expect(lines).toContain("  [5 more in the window…] open-window");
});

test("a name chosen by somebody else stays one bounded line without shortcuts", () => {
  const line = menu({ servers: [server({ title: `a\n&b\u202e${"x".repeat(200)}` })] }).find(
    (label) => label.includes("] expose"),
  );
  expect(line).toMatch(/^ {2}\[a &&b x+…\] expose$/);
  expect(line?.length).toBeLessThan(110);
});

test("the icon tells a problem before all else, then whether anything is open", () => {
  expect(trayState({ exposures: [] })).toBe("idle");
  expect(trayState({ exposures: [exposure()] })).toBe("open");
  expect(trayState({ exposures: [exposure(), exposure({ state: "failed" })] })).toBe("problem");
  const finding = { code: "double-nat", message: "" } as const;
  expect(trayState({ exposures: [exposure({ finding })] })).toBe("problem");
});

test("the tooltip counts", () => {
  expect(trayTooltip({ exposures: [] })).toBe("Homeport: 0 ports open");
  expect(trayTooltip({ exposures: [exposure(), exposure({ state: "failed" })] })).toBe(
    "Homeport: 1 port open, 1 not open",
  );
});
