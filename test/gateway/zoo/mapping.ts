/** Routers that are found, and then map in ways of their own. */
import { fakeService } from "../fake-igd.ts";
import { leases, minecraft, permanentOnly, refuses, type Router } from "./router.ts";

const mapped = "mapped by UPnP";
const permanent = `${mapped}, until deleted`;

export const oddMapping: readonly Router[] = [
  {
    name: "MikroTik RouterOS",
    quirk: "permanent leases alone (725)",
    threads: [
      "https://github.com/tailscale/tailscale/issues/9343",
      "https://github.com/benoitc/erlang-nat/issues/14",
      "https://github.com/nicotine-plus/nicotine-plus/issues/2200",
    ],
    prepare: permanentOnly,
    outcome: permanent,
  },
  {
    name: "MikroTik RouterOS after a crash",
    quirk: "permanent rules that leak",
    threads: [
      "https://github.com/tailscale/tailscale/issues/10602",
      "https://github.com/tailscale/tailscale/pull/20781",
    ],
    prepare: permanentOnly,
    outcome: permanent,
    later: async (world) => {
      world.crash();
      await world.clock.advance(7 * 24 * 3600_000);
      await world.expose([minecraft]);
    },
  },
  {
    name: "MikroTik RouterOS behind a modem",
    quirk: "maps gladly although its own address is private",
    threads: ["https://github.com/tailscale/tailscale/issues/13745"],
    prepare: ({ upnp }) => {
      upnp.script.services = [fakeService(undefined, { externalAddress: "192.168.1.3" })];
    },
    outcome: `${mapped}, not reachable: double-nat`,
  },
  {
    name: "ARRIS NVG578LX",
    quirk: "invalid arguments (402) to each finite lease",
    threads: ["https://github.com/tailscale/tailscale/issues/15223"],
    prepare: leases(402, (seconds) => seconds === 0),
    outcome: permanent,
  },
  {
    name: "NETGEAR Nighthawk R7000P",
    quirk: "permanent leases alone (725)",
    threads: ["https://github.com/benoitc/erlang-nat/issues/5"],
    prepare: permanentOnly,
    outcome: permanent,
  },
  {
    name: "TP-Link ER605",
    quirk: "answers searches from another port; no external ports below 1024 (606)",
    threads: ["https://github.com/tailscale/tailscale/issues/7377"],
    prepare: ({ upnp }) => {
      upnp.script.answersFrom = { address: upnp.address, port: 41_212 };
      upnp.script.fault = (action, values) =>
        action === "AddPortMapping" && Number(values["NewExternalPort"]) < 1024 ? 606 : null;
    },
    intents: [{ transport: "tcp", internalPort: 443, externalPort: null }],
    outcome: `${mapped}, another port`,
  },
  {
    name: "Zyxel VMG1312-B10B",
    quirk: "permanent leases alone (725)",
    threads: ["https://github.com/ofekp/TinyUPnP/issues/39"],
    prepare: permanentOnly,
    outcome: permanent,
  },
  {
    name: "Asus with more than 20 rules",
    quirk: "wipes its table every ten minutes",
    threads: ["https://github.com/tailscale/tailscale/issues/10597"],
    prepare: () => undefined,
    outcome: mapped,
    later: async ({ upnp, foreign, clock }) => {
      for (let time = 0; time < 3; time += 1) {
        upnp.drop((entry) => !foreign.includes(entry));
        await clock.advance(600_000);
      }
    },
  },
  {
    name: "Asus GT-BE98",
    quirk: "clears away rules that seem unused",
    threads: ["https://github.com/gnuton/asuswrt-merlin.ng/issues/977"],
    prepare: () => undefined,
    outcome: mapped,
    later: async ({ upnp, foreign, clock }) => {
      await clock.advance(3_000_000);
      upnp.drop((entry) => !foreign.includes(entry));
      await clock.advance(61_000);
    },
  },
  {
    name: "FRITZ!Box 6490",
    quirk: "tells a lease of 120 s whatever was asked for",
    threads: ["https://github.com/miniupnp/miniupnp/issues/222"],
    prepare: ({ upnp }) => {
      upnp.script.toldLease = () => 120;
    },
    outcome: `${mapped}, lease 120 s`,
    later: async ({ clock }) => clock.advance(3600_000),
  },
  {
    name: "FRITZ!Box 3470 and 7490",
    quirk: "refuses (606) unless the PC may share ports by itself",
    threads: [
      "https://github.com/miniupnp/miniupnp/issues/392",
      "https://github.com/lontivero/Open.NAT/issues/80",
    ],
    prepare: refuses(606),
    outcome: "failed: not-authorized",
    later: async ({ upnp, clock }) => {
      // The user ticked the box.
      upnp.script.fault = () => null;
      await clock.advance(310_000);
    },
    outcomeAfter: mapped,
  },
  {
    name: "Technicolor",
    quirk: "a lease of a day whatever was asked for",
    threads: ["https://github.com/miniupnp/miniupnp/issues/398"],
    prepare: ({ upnp }) => {
      upnp.script.toldLease = () => 86_400;
    },
    outcome: `${mapped}, lease 86400 s`,
  },
  {
    name: "Netopia 3347NWG",
    quirk: "no external address, and every request fails",
    threads: ["https://github.com/bitletorg/weupnp/issues/4"],
    prepare: (world) => {
      world.upnp.script.services = [fakeService(undefined, { externalAddress: "0.0.0.0" })];
      refuses(501)(world);
    },
    outcome: "failed: gateway-error",
  },
  {
    name: "Linksys",
    quirk: "every request fails (501)",
    threads: ["https://github.com/nicotine-plus/nicotine-plus/issues/2088"],
    prepare: refuses(501),
    outcome: "failed: gateway-error",
  },
  {
    name: "ZTE F670L",
    quirk: "calls free ports taken (718)",
    threads: ["https://github.com/kaklakariada/portmapper/issues/120"],
    prepare: ({ upnp }) => {
      upnp.script.fault = (action, values) =>
        action === "AddPortMapping" && values["NewExternalPort"] === "25565" ? 718 : null;
    },
    outcome: `${mapped}, another port`,
  },
  {
    name: "ZTE F670L, whatever the port",
    quirk: "calls every port taken (718)",
    threads: ["https://github.com/kaklakariada/portmapper/issues/120"],
    prepare: refuses(718),
    outcome: "failed: cannot-provide-external",
  },
  {
    name: "Livebox F@st 5656",
    quirk: "does not find an entry by its key (714), and then calls its port taken (718)",
    threads: ["https://github.com/ofekp/TinyUPnP/issues/69"],
    prepare: ({ upnp }) => {
      upnp.script.fault = (action, values) => {
        if (action === "GetSpecificPortMappingEntry") return 714;
        const port = Number(values["NewExternalPort"]);
        const there = upnp.entries.some(({ externalPort }) => externalPort === port);
        return action === "AddPortMapping" && there ? 718 : null;
      };
    },
    outcome: mapped,
    later: async (world) => {
      world.crash();
      await world.expose([minecraft]);
    },
  },
  {
    name: "RomPager",
    quirk: "tells the end of its list by 501, and no single entries",
    threads: ["https://github.com/ofekp/TinyUPnP/issues/14"],
    prepare: ({ upnp }) => {
      upnp.script.fault = (action, values) => {
        if (action === "GetSpecificPortMappingEntry") return 401;
        const index = Number(values["NewPortMappingIndex"]);
        const end = action === "GetGenericPortMappingEntry" && index >= upnp.entries.length;
        return end ? 501 : null;
      };
    },
    outcome: mapped,
  },
  {
    name: "Sagemcom",
    quirk: "placeholder entries without a client; control URL with a question mark",
    threads: ["https://github.com/lontivero/Open.NAT/issues/22"],
    prepare: ({ upnp }) => {
      upnp.script.services = [fakeService(undefined, { controlPath: "/upnp?id=1" })];
      const placeholder = (fields: string): { status: number; body: string } => ({
        status: 200,
        body: `<e><b><u:GetSpecificPortMappingEntryResponse>${fields}</u:GetSpecificPortMappingEntryResponse></b></e>`,
      });
      upnp.script.reply = (action, values) =>
        action === "GetSpecificPortMappingEntry" &&
        !upnp.entries.some(({ externalPort }) => externalPort === Number(values["NewExternalPort"]))
          ? placeholder(
              "<NewInternalClient></NewInternalClient><NewInternalPort>0</NewInternalPort>",
            )
          : null;
    },
    outcome: mapped,
  },
  {
    name: "TP-Link with UPnP at TCP 1900",
    quirk: "HTTP 500 with error -911 to finite leases",
    threads: ["https://github.com/qbittorrent/qBittorrent/issues/12610"],
    prepare: (world) => {
      world.upnp.moveTo(1900);
      leases(-911, (seconds) => seconds === 0)(world);
    },
    outcome: permanent,
  },
  {
    name: "Tomato",
    quirk: "a renewal does not extend the lease",
    threads: ["https://github.com/miniupnp/miniupnp/issues/131"],
    prepare: ({ upnp }) => {
      upnp.script.renews = false;
    },
    outcome: mapped,
    later: async ({ clock }) => clock.advance(20_000_000),
  },
  {
    name: "router with a longest lease of a week",
    quirk: "invalid arguments (402) to a permanent lease",
    threads: ["https://github.com/n0-computer/net-tools/issues/52"],
    prepare: leases(402, (seconds) => seconds > 0 && seconds <= 604_800),
    outcome: mapped,
  },
  {
    name: "router whose table is full",
    quirk:
      "says invalid arguments (402), as if of the request: nothing tells it from one that means it",
    threads: ["https://github.com/miniupnp/miniupnp/issues/92"],
    prepare: refuses(402),
    outcome: "failed: malformed",
  },
  {
    name: "router whose table has become full",
    quirk: "says invalid arguments (402) to a request that it took before",
    threads: ["https://github.com/miniupnp/miniupnp/issues/92"],
    prepare: () => undefined,
    outcome: mapped,
    later: async (world) => {
      const { upnp, foreign, clock } = world;
      upnp.drop((entry) => !foreign.includes(entry));
      refuses(402)(world);
      await clock.advance(70_000);
    },
    outcomeAfter: "failed: no-resources",
  },
  {
    name: "router whose table is full, and says so",
    quirk: "728",
    threads: ["https://github.com/miniupnp/miniupnp/issues/92"],
    prepare: refuses(728),
    outcome: "failed: no-resources",
  },
  {
    name: "pfSense",
    quirk: "the remote host has to be empty, not a wildcard",
    threads: ["https://github.com/flyte/upnpclient/issues/14"],
    prepare: ({ upnp }) => {
      upnp.script.fault = (_action, values) =>
        (values["NewRemoteHost"] ?? "") === "" ? null : 402;
    },
    outcome: mapped,
  },
  {
    name: "Sagemcom F@st 5684",
    quirk: "an address shared by the provider (CGN)",
    threads: ["https://github.com/miniupnp/miniupnp/issues/732"],
    prepare: ({ upnp }) => {
      upnp.script.services = [fakeService(undefined, { externalAddress: "100.64.3.4" })];
    },
    outcome: `${mapped}, not reachable: shared-address`,
  },
  {
    name: "weak routers of providers",
    quirk: "hang when asked for several things at once",
    threads: ["https://github.com/RunOnFlux/flux/pull/1538"],
    prepare: ({ upnp }) => {
      upnp.script.delay = 100;
      upnp.script.crashesAtTwo = true;
    },
    intents: [25_565, 2456, 2457, 2458, 34_197].map((internalPort) => ({
      ...minecraft,
      internalPort,
    })),
    outcome: mapped,
  },
  {
    name: "routers with permanent leases alone",
    quirk: "our own old mapping blocks the port (718) after a restart of ours",
    threads: ["https://github.com/MASQ-Project/MASQ-Node-issues/issues/752"],
    prepare: ({ upnp }) => {
      upnp.script.fault = (action, values) => {
        if (action !== "AddPortMapping") return null;
        if (values["NewLeaseDuration"] !== "0") return 725;
        const port = Number(values["NewExternalPort"]);
        return upnp.entries.some(({ externalPort }) => externalPort === port) ? 718 : null;
      };
    },
    outcome: permanent,
    later: async (world) => {
      world.crash();
      await world.expose([minecraft]);
    },
  },
  {
    name: "Zyxel DX3301-T0, another guess",
    quirk:
      "its page shows the entry, and the client sees none: here it answers HTTP 500 to what it did",
    threads: ["https://github.com/tailscale/tailscale/issues/15882"],
    prepare: ({ upnp }) => {
      upnp.script.replyAfter = (action) =>
        action === "AddPortMapping" ? { status: 500, body: "" } : null;
    },
    outcome: mapped,
    later: async ({ clock }) => clock.advance(7200_000),
  },
];
