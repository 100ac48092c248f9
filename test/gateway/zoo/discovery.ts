/** Routers that are hard to find. */
import { fakeService, IGD2, IP1, IP2, PPP1 } from "../fake-igd.ts";
import { scpdOf } from "../igd-documents.ts";
import type { Router } from "./router.ts";

const router = "192.0.2.1";
const mapped = "mapped by UPnP";
const somethingElse = {
  status: 200,
  body: "<root><device><deviceType>x</deviceType></device></root>",
};

export const hardToFind: readonly Router[] = [
  {
    name: "MikroTik CHR 7.10",
    quirk: "two WAN services in one description, one of them connected",
    threads: [
      "https://github.com/tailscale/tailscale/issues/8364",
      "https://github.com/tailscale/tailscale/pull/10489",
    ],
    prepare: ({ upnp }) => {
      upnp.script.services = [
        fakeService(IP1, { controlPath: "/off", connected: false, externalAddress: "0.0.0.0" }),
        fakeService(IP1, { controlPath: "/on" }),
      ];
    },
    outcome: mapped,
  },
  {
    name: "Sagemcom FAST3890V3",
    quirk: "answers a search for everything with its Wi-Fi set-up device alone",
    threads: ["https://github.com/tailscale/tailscale/issues/3557"],
    prepare: ({ upnp, lan }) => {
      lan.serve(`${router}:1990`, () => somethingElse);
      upnp.script.otherLocations = [`http://${router}:1990/WFADevice.xml`];
    },
    outcome: mapped,
  },
  {
    name: "eero",
    quirk: "answers multicast searches alone",
    threads: ["https://github.com/tailscale/tailscale/issues/3197"],
    prepare: ({ upnp }) => {
      upnp.script.hears = "multicast";
    },
    outcome: mapped,
  },
  {
    name: "Technicolor CGA4233",
    quirk: "answers from another port; description under another name at port 49152",
    threads: ["https://github.com/tailscale/tailscale/issues/6833"],
    prepare: ({ upnp }) => {
      upnp.script.answersFrom = { address: router, port: 37_565 };
      upnp.script.descriptionPath = "/IGDdevicedesc_brlan0.xml";
      upnp.moveTo(49_152);
    },
    outcome: mapped,
  },
  {
    name: "OPNsense with CARP",
    quirk: "answers under its physical address, not the gateway's virtual one; named by hand",
    threads: ["https://github.com/tailscale/tailscale/issues/5502"],
    prepare: (world) => {
      world.upnp.script.hears = "none";
      const physical = world.igdAt("192.0.2.2");
      physical.script.searchDelay = 50;
    },
    byHand: "192.0.2.2",
    outcome: mapped,
  },
  {
    name: "Bell Home Hub 3000",
    unheard: true,
    quirk: "answers from another port, and not always",
    threads: ["https://github.com/tailscale/tailscale/issues/10771"],
    prepare: ({ upnp, clock }) => {
      upnp.script.answersFrom = { address: router, port: 52_269 };
      upnp.script.descriptionPath = "/7/gatedesc0b.xml";
      upnp.script.hears = "none";
      clock.after(1000, () => {
        upnp.script.hears = "both";
      });
    },
    outcome: mapped,
  },
  {
    name: "Huawei, of several kinds",
    quirk:
      "an odd answer; how odd, only a capture of the thread tells: here names in small letters, line feeds, no ST",
    threads: ["https://github.com/tailscale/tailscale/issues/6320"],
    prepare: ({ upnp }) => {
      upnp.script.spoilAnswer = (answer) =>
        answer
          .replace(/^ST:.*\r\n/m, "")
          .replaceAll(/^[A-Z-]+:/gm, (name) => name.toLowerCase())
          .replaceAll("\r\n", "\n");
    },
    outcome: mapped,
  },
  {
    name: "Huawei, of several kinds, another guess",
    unheard: true,
    quirk: "found by others, not by a search for the device: here it answers to its service alone",
    threads: ["https://github.com/tailscale/tailscale/issues/6320"],
    prepare: ({ upnp }) => {
      upnp.script.services = [fakeService(PPP1)];
      upnp.script.answersTo = [PPP1];
    },
    outcome: mapped,
  },
  {
    name: "Zyxel DX3301-T0",
    unheard: true,
    quirk:
      "UPnP is on, and a client sees none; why, the thread does not tell: here answers come after two seconds",
    threads: ["https://github.com/tailscale/tailscale/issues/15882"],
    prepare: ({ upnp }) => {
      upnp.script.searchDelay = 2000;
    },
    outcome: mapped,
  },
  {
    name: "Xfinity gateway (Pace PX5001)",
    quirk: "each service's SCPD is missing (404)",
    threads: ["https://github.com/home-assistant/core/issues/68873"],
    prepare: (world) => {
      world.upnp.script.scpd = null;
      // Where a port is taken it is looked for.
      world.upnp.script.services = [fakeService(IP2)];
      world.putForeign(25_565);
    },
    outcome: `${mapped}, another port`,
  },
  {
    name: "TP-Link Archer C9",
    quirk: "XML whose tags cross; of which document, the thread does not tell: here of both",
    threads: [
      "https://github.com/home-assistant/core/issues/71138",
      "https://github.com/home-assistant/core/issues/48236",
    ],
    prepare: (world) => {
      const { upnp } = world;
      const crossed = (body: string): string =>
        body.replace(/<(name|modelName)>(\w+)<\/\1>/, "<b><$1>$2</b></$1>");
      upnp.script.spoilDescription = (body) => ({ status: 200, body: crossed(body) });
      upnp.script.scpd = (actions) => ({ status: 200, body: crossed(scpdOf(actions).body) });
      world.putForeign(25_565);
    },
    outcome: `${mapped}, another port`,
  },
  {
    name: "Huawei HG531",
    quirk: "service names of the DSL Forum",
    threads: ["https://github.com/tailscale/tailscale/issues/10911"],
    prepare: ({ upnp }) => {
      upnp.script.deviceType = "urn:dslforum-org:device:InternetGatewayDevice:1";
      upnp.script.answersTo = ["ssdp:all"];
      upnp.script.services = [fakeService("urn:dslforum-org:service:WANPPPConnection:1")];
    },
    outcome: mapped,
  },
  {
    name: "Huawei CPE H151-370",
    quirk: "its description does not call itself a gateway",
    threads: ["https://github.com/miniupnp/miniupnp/issues/832"],
    prepare: ({ upnp }) => {
      upnp.script.deviceType = "urn:schemas-upnp-org:device:Basic:1";
    },
    outcome: mapped,
  },
  {
    name: "o2 HomeBox",
    quirk: "of its two services WANPPPConnection alone is connected",
    threads: ["https://github.com/syncthing/syncthing/issues/4876"],
    prepare: ({ upnp }) => {
      upnp.script.services = [
        fakeService(IP1, { controlPath: "/ip", connected: false, externalAddress: "" }),
        fakeService(PPP1, { controlPath: "/ppp" }),
      ];
    },
    outcome: mapped,
  },
  {
    name: "Asus",
    quirk: "another control URL after each restart",
    threads: [
      "https://github.com/libp2p/go-libp2p/issues/3224",
      "https://github.com/libp2p/go-libp2p/pull/3367",
    ],
    prepare: () => undefined,
    outcome: mapped,
    later: async ({ upnp, foreign, clock }) => {
      upnp.drop((entry) => !foreign.includes(entry));
      upnp.moveTo(41_999);
      await clock.advance(70_000);
    },
  },
  {
    name: "BT Hub 5",
    quirk: "the description moves to another port while all stands",
    threads: ["https://github.com/home-assistant/core/issues/60858"],
    prepare: () => undefined,
    outcome: mapped,
    later: async ({ upnp, clock }) => {
      upnp.moveTo(49_999);
      await clock.advance(7200_000);
    },
  },
  {
    name: "FRITZ!Box",
    quirk: "confused by searches over IPv4 and IPv6 at the same time",
    threads: [
      "https://github.com/libp2p/go-libp2p/issues/3138",
      "https://github.com/syncthing/syncthing/pull/9010",
    ],
    prepare: (world) => {
      const { upnp, clock } = world;
      const firewall = world.addFirewall6();
      let last = { family: 0, at: -Infinity };
      const hears = (family: number) => () => {
        const at = clock.monotonic();
        if (last.family !== family && at - last.at < 50) upnp.close();
        last = { family, at };
      };
      upnp.onSearch = hears(4);
      firewall.onSearch = hears(6);
    },
    outcome: `${mapped}, over IPv6 mapped`,
  },
  {
    name: "FRITZ!Box 7590 and 7530",
    quirk: "a link-local IPv6 address with a zone as its location",
    threads: ["https://github.com/home-assistant/core/issues/71418"],
    prepare: ({ upnp }) => {
      upnp.script.otherLocations = ["http://[fe80::1%25eth0]:49000/igddesc.xml"];
    },
    outcome: mapped,
  },
  {
    name: "mesh repeater with UPnP on",
    quirk: "a second gateway answers first, of no use and without an address",
    threads: ["https://github.com/alanmcgovern/Mono.Nat/issues/35"],
    prepare: (world) => {
      const repeater = world.igdAt("192.0.2.50");
      repeater.script.services = [fakeService(IP1, { externalAddress: "" })];
      world.upnp.script.searchDelay = 200;
    },
    outcome: mapped,
  },
  {
    name: "Linksys Velop",
    quirk: "a node answers with a set-up device whose port is closed",
    threads: ["https://github.com/miniupnp/miniupnp/issues/801"],
    prepare: ({ upnp }) => {
      upnp.script.otherLocations = [`http://${router}:49152/wps_device.xml`];
    },
    outcome: mapped,
  },
  {
    name: "Thomson TG784n and TG585",
    quirk: "a second gateway on the network takes the connection and never answers",
    threads: [
      "https://github.com/syncthing/syncthing/issues/1100",
      "https://github.com/syncthing/syncthing/issues/1542",
    ],
    prepare: (world) => {
      const second = world.igdAt("192.0.2.50");
      second.script.spoilDescription = () => "hang";
    },
    outcome: mapped,
  },
  {
    name: "TP-Link W8951ND",
    quirk: "control URL with a question mark",
    threads: ["https://github.com/miniupnp/miniupnp/issues/242"],
    prepare: ({ upnp }) => {
      upnp.script.services = [fakeService(IP1, { controlPath: "/UD/?9" })];
    },
    outcome: mapped,
  },
  {
    name: "Cisco EPC3925, Netgear",
    quirk: "a search with MX 0 crashes its UPnP",
    threads: ["https://github.com/home-assistant-libs/netdisco/pull/16"],
    prepare: ({ upnp }) => {
      upnp.script.crashesAtMx0 = true;
    },
    outcome: mapped,
  },
  {
    name: "Virgin Hub 3 with UPnP off",
    unheard: true,
    quirk: "nothing answers",
    threads: ["https://github.com/qbittorrent/qBittorrent/issues/12913"],
    prepare: ({ upnp }) => {
      upnp.script.hears = "none";
    },
    outcome: "failed: no-response",
  },
  {
    name: "UniFi",
    unheard: true,
    quirk: "answers to IGD:2 alone",
    threads: [
      "https://github.com/RPTools/maptool/issues/5123",
      "https://github.com/jupnp/jupnp/issues/263",
    ],
    prepare: ({ upnp }) => {
      upnp.script.deviceType = IGD2;
      upnp.script.answersTo = [IGD2];
      upnp.script.services = [fakeService(IP2)];
    },
    outcome: mapped,
  },
  {
    name: "Windows with WSL or Hyper-V",
    quirk: "a virtual switch takes the multicast",
    threads: [
      "https://github.com/svrooij/sonos-cli/issues/22",
      "https://github.com/diversario/node-ssdp/issues/109",
    ],
    prepare: ({ lan }) => {
      lan.others = [
        { interface: "vEthernet (WSL)", family: 4, address: "172.28.0.1", prefixLength: 20 },
      ];
    },
    outcome: mapped,
  },
];
