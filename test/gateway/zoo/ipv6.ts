/** Routers with a way of their own over IPv6. */
import type { Router } from "./router.ts";

const mapped = "mapped by UPnP";

export const oddIpv6: readonly Router[] = [
  {
    name: "OPNsense, pf miniupnpd",
    quirk: "refuses to renew an IPv6 pinhole (PCP NO_RESOURCES) while it stands",
    threads: [
      "https://github.com/opnsense/plugins/issues/4010",
      "https://github.com/miniupnp/miniupnp/issues/744",
    ],
    prepare: (world) => {
      const pcp = world.addPcp6();
      const noResources = 8;
      pcp.script.refuses = ({ lifetime }) =>
        lifetime > 0 && pcp.server.mappings.length > 0 ? noResources : null;
    },
    outcome: `${mapped}, over IPv6 mapped`,
    later: async ({ clock }) => clock.advance(3 * 7200_000 + 600_000),
    // It has ended by itself, and was made anew once the last refusal was over.
    outcomeAfter: `${mapped}, over IPv6 mapped`,
  },
  {
    name: "miniupnpd, pinholes",
    quirk: "lets nobody open a pinhole from a unique local address (606)",
    threads: ["https://github.com/miniupnp/miniupnp/issues/731"],
    prepare: (world) => {
      const firewall = world.addFirewall6();
      firewall.fault = (action, from) =>
        action === "AddPinhole" && from.startsWith("fd") ? 606 : null;
    },
    // The PC has such an address too.
    outcome: `${mapped}, over IPv6 mapped`,
  },
];
