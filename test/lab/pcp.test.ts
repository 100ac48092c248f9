/** What the PCP client can do beyond what the engine asks of it every day, and what miniupnpd makes of it. */
import { describe, expect, test } from "vitest";
import { decodeResponse, encodeRequest } from "../../main/engine/gateway/pcp/codec.ts";
import { protocolNumbers } from "../../main/engine/gateway/pcp/messages.ts";
import type { Option } from "../../main/engine/gateway/pcp/options.ts";
import { resultCodes } from "../../main/engine/gateway/pcp/result-codes.ts";
import { Lab } from "./lab.mjs";
import { PcpAsker } from "./pcp-asker.ts";
import { homeNetwork, providerAddress, secondPcAddress } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const gateway = { address: Lab.gatewayAddress };
const external = "52.3.4.5";

const base = {
  transport: "tcp",
  internalPort: 8080,
  nonce: "00112233445566778899aabb",
  suggestedPort: 18_080,
  suggestedAddress: null,
  lifetime: 600,
} as const;

/** TCP 8080, wished at 18080. */
function wish<T extends object>(changes: T): Omit<typeof base, keyof T> & T {
  return { ...base, ...changes };
}

/** One visitor alone (RFC 6887 §13.3). */
const filter: Option = {
  name: "filter",
  prefixLength: 128,
  remotePort: 0,
  remoteAddress: "52.3.4.200",
};
/** The client itself never sends it to a server that does not look at filters. */
const filteredMap = encodeRequest({
  clientAddress: Lab.pcAddress,
  lifetime: 600,
  options: [filter],
  body: {
    opcode: "map",
    nonce: Uint8Array.from(Buffer.from(base.nonce, "hex")),
    protocol: protocolNumbers.tcp,
    internalPort: 8080,
    externalPort: 18_080,
    externalAddress: "0.0.0.0",
  },
});
/** Sends it to the router; its answer is printed. */
const askWithFilter = `const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (answer) => { console.log(answer.toString("hex")); socket.close(); });
socket.send(Buffer.from("${Buffer.from(filteredMap).toString("hex")}", "hex"), 5351, "${Lab.gatewayAddress}");`;

const granted = (port: number) => ({
  kind: "granted",
  externalAddress: external,
  externalPort: port,
  lifetime: 600,
});

describe.skipIf(noLab)(`PCP over IPv4${whyNoLab}`, () => {
  const home = useLab({ protocols: ["pcp"] });
  const start = (): PcpAsker => {
    const asker = new PcpAsker(home.lab);
    home.atEnd(() => asker.stop());
    return asker;
  };
  const rule = (externalPort: number, toPort: number) => ({
    transport: "tcp",
    externalPort,
    toAddress: Lab.pcAddress,
    toPort,
  });

  test("an inquiry tells the address, and its mapping is gone at once", async () => {
    const asker = start();
    await home.lab.changeWanAddress();
    const address = await home.lab.wanAddress();
    expect(await asker.ask(gateway, { kind: "inquire" })).toEqual({ kind: "address", address });
    await expect.poll(() => home.lab.dnat()).toEqual([]);
    while ((await home.lab.changeWanAddress()) !== external);
  });

  test("a lost first MAP is found out at once, not after the three seconds of §8.1.1", async () => {
    const asker = start();
    expect(await asker.ask(gateway, { kind: "probe" })).toBe(true);
    // The second byte of the message is the opcode; the first one that comes is dropped.
    const words =
      "insert rule inet filter input udp dport 5351 @th,72,8 1 numgen inc mod 100000 0 drop";
    await home.lab.exec("gw", "nft", words.split(" "));
    const begun = performance.now();
    expect(await asker.ask(gateway, { kind: "map", request: wish({}) })).toEqual(granted(18_080));
    // Three seconds less a tenth are the earliest of §8.1.1.
    expect(performance.now() - begun).toBeLessThan(2700);
    const { stdout } = await home.lab.exec("gw", "nft", [
      "-a",
      "list",
      "chain",
      "inet",
      "filter",
      "input",
    ]);
    const handle = /numgen.*# handle (\d+)/.exec(stdout)?.[1] ?? "";
    await home.lab.exec("gw", "nft", [
      "delete",
      "rule",
      "inet",
      "filter",
      "input",
      "handle",
      handle,
    ]);
  });

  test("PREFER_FAILURE: miniupnpd 2.3.1 gives another port all the same, which is told", async () => {
    const asker = start();
    await asker.ask(gateway, { kind: "map", request: wish({}) });
    const second = wish({ internalPort: 8081, nonce: "0".repeat(24), exactPort: true });
    expect(await asker.ask(gateway, { kind: "map", request: second })).toEqual(granted(18_081));
    expect(await asker.ask(gateway, { kind: "unmap", request: second })).toEqual({ kind: "gone" });
    expect(await home.lab.dnat()).toEqual([rule(18_080, 8080)]);
  });

  test("PORT_SET: miniupnpd 2.3.1 calls it malformed, and grants one port without it", async () => {
    const asker = start();
    const block = wish({ count: 4 });
    expect(await asker.ask(gateway, { kind: "map", request: block })).toEqual(granted(18_080));
    expect(await home.lab.dnat()).toEqual([rule(18_080, 8080)]);
    expect(await asker.ask(gateway, { kind: "unmap", request: block })).toEqual({ kind: "gone" });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("THIRD_PARTY is refused where the router does not allow it", async () => {
    const request = wish({ host: secondPcAddress });
    expect(await start().ask(gateway, { kind: "map", request })).toMatchObject({
      kind: "refused",
      problem: { code: "third-party-refused" },
      retryAfter: 1800,
    });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("FILTER: miniupnpd 2.3.1 does not look at it, which is found out before anything is open", async () => {
    const request = wish({ sources: ["52.3.4.200"] });
    expect(await start().ask(gateway, { kind: "map", request })).toMatchObject({
      kind: "refused",
      problem: { code: "sources-unsupported" },
    });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("FILTER: that it would echo it and let in everybody is true", async () => {
    await home.serve("tcp", 8080, "the page");
    const { stdout } = await home.lab.exec("pc", process.execPath, ["-e", askWithFilter]);
    const answer = decodeResponse(Buffer.from(stdout.trim(), "hex"));
    expect(answer).toMatchObject({ response: { result: resultCodes.SUCCESS, options: [filter] } });
    // The visitor is 52.3.4.1.
    expect((await home.lab.visit(`http://${external}:18080/`)).body).toBe("the page");
  });

  test("PEER is granted, and its rule cannot be deleted", async () => {
    const asker = start();
    const request = wish({
      transport: "udp" as const,
      internalPort: 7000,
      suggestedPort: 17_000,
      remote: { address: providerAddress, port: 9999 },
    });
    expect(await asker.ask(gateway, { kind: "peer", request })).toEqual(granted(17_000));
    const rules = async (): Promise<string> =>
      (
        await home.lab.exec("gw", "nft", [
          "list",
          "chain",
          "inet",
          "filter",
          "postrouting_miniupnpd",
        ])
      ).stdout;
    expect(await rules()).toContain(`snat ip to ${external}:17000`);
    const deletion = { ...request, lifetime: 0 };
    expect(await asker.ask(gateway, { kind: "peer", request: deletion })).toMatchObject({
      kind: "refused",
      problem: { code: "no-resources" },
    });
    expect(await rules()).toContain(`snat ip to ${external}:17000`);
  });
});

describe.skipIf(noLab)(`a router that lets one PC act for another${whyNoLab}`, () => {
  const home = useLab({
    protocols: ["pcp"],
    daemon: ["pcp_allow_thirdparty=yes"],
    topology: homeNetwork({ pc2: true }),
  });

  test("opens and closes the other's port", async () => {
    const asker = new PcpAsker(home.lab);
    home.atEnd(() => asker.stop());
    const request = wish({ host: secondPcAddress });
    expect(await asker.ask(gateway, { kind: "map", request })).toEqual(granted(18_080));
    expect(await home.lab.dnat()).toEqual([
      { transport: "tcp", externalPort: 18_080, toAddress: secondPcAddress, toPort: 8080 },
    ]);
    expect(await asker.ask(gateway, { kind: "unmap", request })).toEqual({ kind: "gone" });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("takes our own address for a mapping like any other", async () => {
    const asker = new PcpAsker(home.lab);
    home.atEnd(() => asker.stop());
    const request = wish({ host: Lab.pcAddress });
    expect(await asker.ask(gateway, { kind: "map", request })).toEqual(granted(18_080));
  });
});
