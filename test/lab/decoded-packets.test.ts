/** Everything we can send to port 5351, in the eyes of an independent decoder. */
import { describe, expect, test } from "vitest";
import { type Capture, type Packet, startCapture, tshark } from "./capture.ts";
import { Lab } from "./lab.mjs";
import { PcpAsker } from "./pcp-asker.ts";
import { homeNetwork, pcAddress6, providerAddress, secondPcAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const to = "udp.dstport";
const layers = "frame.protocols";
const version = "portcontrol.version";
const opcode = "portcontrol.opcode";
const client = "portcontrol.client_ip";
const option = "portcontrol.option.code";
/** NAT-PMP has fields of its own. */
const version0 = "nat-pmp.version";
const opcode0 = "nat-pmp.opcode";
const complaints = ["_ws.malformed", "_ws.expert.message", "portcontrol.option.unknown"];
const fields = [
  ...complaints,
  to,
  layers,
  version,
  opcode,
  client,
  option,
  version0,
  opcode0,
  "ipv6.src",
  "portcontrol.peer.remote_peer_port",
  "portcontrol.peer.remote_peer_ip",
  "portcontrol.option.third_party.internal_ip",
  "portcontrol.option.filter.prefix_length",
  "portcontrol.option.filter.remote_peer_port",
  "portcontrol.option.portset.size",
];

const wish = {
  transport: "tcp",
  internalPort: 8080,
  nonce: "00112233445566778899aabb",
  suggestedPort: 18_080,
  suggestedAddress: null,
  lifetime: 600,
} as const;

describe.skipIf(noLab)(`packets in the eyes of tshark${whyNoLab}`, () => {
  const topology = homeNetwork({ ipv6: true, pc2: true });
  /** What the PC sent, once there is `enough`, each without a complaint. */
  async function sent(
    capture: Capture,
    enough: (packets: readonly Packet[]) => boolean,
  ): Promise<readonly Packet[]> {
    const requests = () => capture.packets.filter((packet) => packet[to] === "5351");
    await until("the requests are captured", () => enough(requests()));
    for (const packet of requests()) {
      expect(packet[layers]).toMatch(/:udp:portcontrol$/);
      for (const field of complaints) expect(packet).toMatchObject({ [field]: "" });
    }
    return requests();
  }

  describe("of the engine, on a router with PCP for both families", () => {
    const home = useLab({ topology, protocols: ["pcp"] }, tshark);

    test("over IPv6 it names the stable address, and sends from it", async () => {
      const capture = await startCapture(home.lab, "udp port 5351 and ip6", fields);
      home.atEnd(() => capture.stop());
      await home.serve("tcp", 8080, "the page", "::");
      const homeport = home.start("--expose", "tcp/8080");
      await homeport.now("IPv6 is open", ({ exposures }) => exposures[0]?.ipv6?.state === "mapped");
      homeport.signal("SIGTERM");
      await homeport.ended;
      const maps = (packets: readonly Packet[]) =>
        packets.filter((packet) => packet[opcode] === "1");
      const requests = await sent(capture, (packets) => maps(packets).length >= 2);
      for (const map of maps(requests)) {
        expect(map).toMatchObject({
          [version]: "2",
          [client]: pcAddress6,
          "ipv6.src": pcAddress6,
        });
      }
    });
  });

  describe("of the engine, on a router with NAT-PMP alone", () => {
    const home = useLab({ protocols: ["nat-pmp"] }, tshark);

    test("questions for the address, mappings and their end", async () => {
      const capture = await startCapture(home.lab, "udp port 5351", fields);
      home.atEnd(() => capture.stop());
      const homeport = home.start("--expose", "tcp/8080", "--expose", "udp/9000");
      await homeport.mapped("tcp", 8080);
      await homeport.mapped("udp", 9000);
      homeport.signal("SIGTERM");
      await homeport.ended;
      const ofNatPmp = (packets: readonly Packet[]) =>
        packets.filter((packet) => packet[version0] === "0");
      const count = (packets: readonly Packet[], wanted: string): number =>
        ofNatPmp(packets).filter((packet) => packet[opcode0] === wanted).length;
      // UDP and TCP, each mapped and unmapped.
      const requests = await sent(
        capture,
        (packets) => count(packets, "1") >= 2 && count(packets, "2") >= 2,
      );
      const opcodes = new Set(ofNatPmp(requests).map((packet) => packet[opcode0]));
      expect(opcodes).toEqual(new Set(["0", "1", "2"]));
    });
  });

  describe("of the PCP client", () => {
    const options = { topology, protocols: ["pcp" as const], daemon: ["pcp_allow_thirdparty=yes"] };
    const home = useLab(options, tshark);

    test("PEER, and the options THIRD_PARTY, PREFER_FAILURE, FILTER and PORT_SET", async () => {
      const capture = await startCapture(home.lab, "udp port 5351", fields);
      home.atEnd(() => capture.stop());
      const asker = new PcpAsker(home.lab);
      home.atEnd(() => asker.stop());
      const gateway = { address: Lab.gatewayAddress };
      const map = (changes: object) =>
        asker.ask(gateway, { kind: "map", request: { ...wish, ...changes } });
      await map({ host: secondPcAddress });
      await map({ internalPort: 8081, suggestedPort: 18_081, exactPort: true });
      await map({ internalPort: 8082, suggestedPort: 18_082, sources: ["52.3.4.0/24"] });
      await map({ internalPort: 8084, suggestedPort: 18_084, count: 4 });
      const remote = { address: providerAddress, port: 9999 };
      await asker.ask(gateway, { kind: "peer", request: { ...wish, internalPort: 8090, remote } });

      const isPeer = (packet: Packet): boolean => packet[opcode] === "2";
      const requests = await sent(capture, (packets) => packets.some(isPeer));
      const withOption = (code: string) => requests.find((packet) => packet[option] === code);
      expect(withOption("1")).toMatchObject({
        "portcontrol.option.third_party.internal_ip": `::ffff:${secondPcAddress}`,
      });
      expect(withOption("2")).toMatchObject({ [opcode]: "1" });
      expect(withOption("3,3")).toMatchObject({
        // The first ends what was filtered before (RFC 6887 §13.3).
        "portcontrol.option.filter.prefix_length": "0,120",
        "portcontrol.option.filter.remote_peer_port": "0,0",
      });
      expect(withOption("130")).toMatchObject({ "portcontrol.option.portset.size": "4" });
      expect(requests.find(isPeer)).toMatchObject({
        "portcontrol.peer.remote_peer_ip": `::ffff:${providerAddress}`,
        "portcontrol.peer.remote_peer_port": "9999",
      });
    });
  });
});
