/** Routers with a way of their own in PCP and NAT-PMP. */
import { natPmpResults } from "../../../main/engine/gateway/natpmp/codec.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import { minecraft, type Router } from "./router.ts";
import type { ZooWorld } from "./world.ts";

const byNatPmp = "mapped by NAT-PMP";

/** Speaks NAT-PMP; UPnP is off unless told. */
function natPmp({ natPmp, upnp }: ZooWorld, { alsoUpnp = false } = {}): void {
  natPmp.script.silent = false;
  if (!alsoUpnp) upnp.script.hears = "none";
}

/** Open for a few visitors alone. */
const friends: ExposureIntent = { ...minecraft, sources: ["198.51.100.0/24"] };

function filters({ pcp, upnp }: ZooWorld, how: "echoed" | "left-out"): void {
  pcp.script.silent = false;
  pcp.script.filters = how;
  pcp.knows.add("filter");
  upnp.script.hears = "none";
}

export const oddPcp: readonly Router[] = [
  {
    name: "MikroTik RouterOS, NAT-PMP",
    quirk: "refuses external port 0",
    threads: ["https://github.com/tailscale/tailscale/issues/13785"],
    prepare: (world) => {
      natPmp(world);
      world.natPmp.script.refusesPortZero = true;
    },
    outcome: byNatPmp,
  },
  {
    name: "FRITZ!Box, NAT-PMP",
    quirk: "an error of four bytes",
    threads: ["https://github.com/nicotine-plus/nicotine-plus/issues/3487"],
    prepare: (world) => {
      natPmp(world);
      world.natPmp.script.results = { map: natPmpResults.NOT_AUTHORIZED };
      world.natPmp.script.errorLength = 4;
    },
    outcome: "failed: not-authorized",
  },
  {
    name: "miniupnpd of Ubuntu 16.04",
    quirk: "NAT-PMP answers with ports cut to eight bits",
    threads: ["https://github.com/miniupnp/miniupnp/issues/196"],
    prepare: (world) => {
      natPmp(world, { alsoUpnp: true });
      world.natPmp.script.truncatesPorts = true;
    },
    outcome: "mapped by UPnP",
    // The NAT-PMP request was carried out, under a name nobody can match.
    left: 1,
  },
  {
    name: "ProtonVPN",
    quirk: "leases of 60 s; its gateway is not the default route's",
    threads: [
      "https://github.com/qbittorrent/qBittorrent/issues/23265",
      "https://github.com/transmission/transmission/issues/1602",
      "https://github.com/qdm12/gluetun/issues/1882",
    ],
    prepare: (world) => {
      natPmp(world);
      world.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
      world.natPmp.script.maximumLifetime = 60;
    },
    byHand: "192.0.2.1",
    outcome: `${byNatPmp}, lease 60 s`,
    later: async ({ clock }) => clock.advance(3600_000),
  },
  {
    name: "Verizon CR1000A",
    quirk: "refuses PCP's version, speaks NAT-PMP",
    threads: ["https://github.com/bitcoin/bitcoin/pull/31663"],
    prepare: (world) => {
      natPmp(world);
      world.pcp.script.silent = false;
      world.pcp.script.spoilsAnnounce = true;
      world.pcp.script.spoil = [() => Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0)];
    },
    outcome: byNatPmp,
  },
  {
    name: "Huawei HG8145V5",
    quirk: "the port of both is closed (ICMP); UPnP works",
    threads: ["https://github.com/bitcoin/bitcoin/pull/31663"],
    prepare: (world) => void world.pcp.close(),
    outcome: "mapped by UPnP",
  },
  {
    name: "Ruijie with miniupnpd 2.3.1",
    quirk: "speaks PCP and has no room for any mapping; UPnP works",
    threads: ["https://github.com/tailscale/tailscale/issues/13687"],
    prepare: ({ pcp, upnp }) => {
      pcp.script.silent = false;
      pcp.script.refuses = 8;
      upnp.script.searchDelay = 300;
    },
    outcome: "mapped by UPnP",
  },
  {
    name: "Apple AirPort",
    quirk: "answers PCP with NAT-PMP",
    threads: ["https://github.com/offbynull/portmapper"],
    prepare: (world) => {
      natPmp(world);
      world.pcp.script.silent = false;
      world.pcp.script.spoilsAnnounce = true;
      world.pcp.script.spoil = [() => Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 9, 52, 3, 4, 5)];
    },
    outcome: byNatPmp,
  },
  {
    name: "OPNsense",
    quirk: "removes rules without traffic every 20 minutes, and says nothing (PCP)",
    threads: ["https://github.com/miniupnp/miniupnp/issues/823"],
    prepare: ({ pcp, upnp }) => {
      pcp.script.silent = false;
      upnp.script.hears = "none";
    },
    outcome: "mapped by PCP",
    later: async ({ pcp, clock }) => {
      const started = clock.monotonic();
      pcp.reboot();
      // Its epoch goes on as if nothing had happened: the next renewal finds out.
      pcp.script.epoch = (real) => real + Math.floor(started / 1000);
      await clock.advance(4_600_000);
    },
  },
  {
    name: "miniupnpd, FILTER",
    quirk: "takes the list of visitors, says success, echoes it and lets in everybody (PCP)",
    threads: ["https://github.com/miniupnp/miniupnp/issues/779"],
    prepare: (world) => filters(world, "echoed"),
    intents: [friends],
    outcome: "failed: sources-unsupported",
  },
  {
    name: "PCP server without FILTER",
    quirk:
      "says success, leaves the list of visitors out and keeps none; none was met, but miniupnpd is near",
    threads: ["https://github.com/miniupnp/miniupnp/issues/779"],
    prepare: (world) => filters(world, "left-out"),
    intents: [friends],
    outcome: "failed: sources-unsupported",
  },
  {
    name: "old miniupnpd",
    quirk: "another external address, and the epoch goes on (NAT-PMP)",
    threads: ["https://github.com/miniupnp/miniupnp/issues/254"],
    prepare: (world) => natPmp(world),
    outcome: byNatPmp,
    later: async ({ natPmp, clock }) => {
      natPmp.externalAddress = "100.64.9.9";
      await clock.advance(620_000);
    },
    outcomeAfter: `${byNatPmp}, not reachable: shared-address`,
  },
];
