/** Our packets in the eyes of an independent decoder. */
import { describe, expect, test } from "vitest";
import { type Packet, startCapture, tshark } from "./capture.ts";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const decoded = "eth:ethertype:ip:udp:portcontrol";

const fields = {
  source: "ip.src",
  protocols: "frame.protocols",
  malformed: "_ws.malformed",
  complaint: "_ws.expert.message",
  version: "portcontrol.version",
  isRequest: "portcontrol.request",
  opcode: "portcontrol.opcode",
  client: "portcontrol.client_ip",
  requestedLifetime: "portcontrol.lifetime_req",
  result: "portcontrol.result_code",
  nonce: "portcontrol.map.nonce",
  protocol: "portcontrol.map.protocol",
  internalPort: "portcontrol.map.internal_port",
  suggestedPort: "portcontrol.map.req_sug_external_port",
  suggestedAddress: "portcontrol.map.req_sug_external_ip",
};

/** A PCP MAP request that ends in the middle of its nonce. */
const cutRequest = `const socket = require("node:dgram").createSocket("udp4");
socket.send(Buffer.from("0201" + "00".repeat(28), "hex"), 5351, "${Lab.pcAddress}", () => socket.close());`;

describe.skipIf(noLab)(`packets${whyNoLab}`, () => {
  const home = useLab({ protocols: ["pcp"] }, tshark);

  test("tshark decodes all PCP that we send, without a complaint", async () => {
    const capture = await startCapture(home.lab, "udp port 5351", Object.values(fields));
    home.atEnd(() => capture.stop());
    const homeport = home.start("--expose", "tcp/8080=18080", "--expose", "udp/9000");
    await homeport.mapped("tcp", 8080);
    await homeport.mapped("udp", 9000);
    homeport.signal("SIGTERM");
    await homeport.ended;
    const maps = (packets: readonly Packet[]): readonly Packet[] =>
      packets.filter((packet) => packet[fields.opcode] === "1");
    const isAnswer = (packet: Packet): boolean => packet[fields.result] !== "";
    await until(
      "all answers are captured",
      () => maps(capture.packets).filter(isAnswer).length >= 4,
    );
    const sent = capture.packets.filter((packet) => packet[fields.source] === Lab.pcAddress);
    const pcp = sent.filter((packet) => packet[fields.version] === "2");

    for (const packet of sent)
      expect(packet).toMatchObject({ [fields.malformed]: "", [fields.complaint]: "" });
    for (const packet of pcp) {
      expect(packet).toMatchObject({
        [fields.protocols]: decoded,
        [fields.isRequest]: "1",
        [fields.client]: `::ffff:${Lab.pcAddress}`,
      });
    }
    const nonceOf = new Map<string | undefined, string | undefined>();
    for (const packet of maps(pcp)) {
      const port = packet[fields.internalPort];
      nonceOf.set(port, nonceOf.get(port) ?? packet[fields.nonce]);
      expect(packet[fields.nonce]).toBe(nonceOf.get(port));
    }
    expect(new Set(nonceOf.values()).size).toBe(2);
    const asked = {
      [fields.requestedLifetime]: "7200",
      [fields.suggestedAddress]: "::ffff:0.0.0.0",
    };
    const tcp = { [fields.protocol]: "6", [fields.internalPort]: "8080" };
    const udp = { [fields.protocol]: "17", [fields.internalPort]: "9000" };
    const released = { [fields.requestedLifetime]: "0" };
    expect(maps(pcp)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...asked, ...tcp, [fields.suggestedPort]: "18080" }),
        expect.objectContaining({ ...asked, ...udp }),
        expect.objectContaining({ ...released, ...tcp }),
        expect.objectContaining({ ...released, ...udp }),
      ]),
    );
  });

  test("tshark would complain of a cut request", async () => {
    const capture = await startCapture(home.lab, "udp port 5351", Object.values(fields));
    home.atEnd(() => capture.stop());
    // From elsewhere: all that the PC sends has to be sound.
    await home.lab.exec("gw", process.execPath, ["-e", cutRequest]);
    const [packet] = await until(
      "it is captured",
      () => capture.packets.length > 0 && capture.packets,
    );
    expect(packet?.[fields.malformed]).not.toBe("");
    expect(packet?.[fields.complaint]).toContain("Malformed");
  });
});
