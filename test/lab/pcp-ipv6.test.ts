/** PCP over IPv6: pinholes of the router's firewall, and announcements on ff02::1. */
import { describe, expect, test } from "vitest";
import { PcpAsker } from "./pcp-asker.ts";
import { homeNetwork, pcAddress6 } from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

/** As the default route names it, and sent from the address that shall be opened. */
const gateway = { address: "fe80::1%eth0", localAddress: pcAddress6 };

const wish = {
  transport: "tcp" as const,
  internalPort: 8080,
  nonce: "00112233445566778899aabb",
  suggestedPort: 8080,
  suggestedAddress: null,
  lifetime: 600,
};
const granted = {
  kind: "granted",
  externalAddress: pcAddress6,
  externalPort: 8080,
  lifetime: 600,
};
const pinhole = { transport: "tcp", toAddress: pcAddress6, toPort: 8080 };

/**
 * Sends one PCP announcement to ff02::1 from port 5351, with an epoch far ahead of any that was told before.
 * `device` is the sender's interface, `from` its address there; a server answers the question whether it is so.
 */
const announce = (
  device: string,
  from = "::",
  isServer = false,
) => `const socket = require("node:dgram").createSocket("udp6");
const datagram = Buffer.alloc(24);
datagram.writeUInt16BE(0x0280);
datagram.writeUInt32BE(5000000, 8);
socket.bind(5351, "${from}", () => {
  socket.setMulticastInterface("::%${device}");
  socket.send(datagram, 5350, "ff02::1%${device}", () => ${isServer} || socket.close());
});
socket.once("message", (question, from) =>
  socket.send(datagram, from.port, from.address, () => socket.close()));`;

describe.skipIf(noLab)(`PCP over IPv6${whyNoLab}`, () => {
  const home = useLab({ protocols: ["pcp"], topology: homeNetwork({ ipv6: true, pc2: true }) });
  const start = (): PcpAsker => {
    const asker = new PcpAsker(home.lab);
    home.atEnd(() => asker.stop());
    return asker;
  };
  const pinholes = () => home.lab.router().pinholes();
  /** Seconds on the router's clock, as the daemon notes it beside the rule. */
  const endOfPinhole = async (): Promise<number> => {
    const words = ["--debug=netlink", "list", "chain", "inet", "filter", "miniupnpd"];
    const { stdout } = await home.lab.exec("gw", "nft", words);
    return Number(/pinhole-\d+ ts-(\d+)/.exec(stdout)?.[1]);
  };

  test("opens the stable address and renews it", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    const asker = start();
    expect(await asker.ask(gateway, { kind: "probe" })).toBe(true);
    const map = (request: object) =>
      asker.ask(gateway, { kind: "map", request: { ...wish, ...request } });
    expect(await map({})).toEqual(granted);
    expect(await pinholes()).toEqual([pinhole]);
    expect((await home.lab.visit(`http://[${pcAddress6}]:8080/`)).body).toBe("the page");
    const renewal = { renewal: true, suggestedAddress: pcAddress6 };
    expect(await map(renewal)).toEqual(granted);
    // It answers external port 0 to a renewal without a wish.
    expect(await map({ ...renewal, suggestedPort: 0 })).toEqual(granted);
    expect(await pinholes()).toEqual([pinhole]);
  });

  test("closes it", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    const asker = start();
    await asker.ask(gateway, { kind: "map", request: wish });
    expect(await pinholes()).toEqual([pinhole]);
    expect(await asker.ask(gateway, { kind: "unmap", request: wish })).toEqual({ kind: "gone" });
    expect(await pinholes()).toEqual([]);
    await expect(home.lab.visit(`http://[${pcAddress6}]:8080/`)).rejects.toThrow("ECONNREFUSED");
  });

  test("miniupnpd 2.3.1 does not close what was renewed: it is made to end soon instead", async () => {
    const asker = start();
    await asker.ask(gateway, { kind: "map", request: wish });
    await asker.ask(gateway, { kind: "map", request: { ...wish, renewal: true } });
    const end = await endOfPinhole();
    expect(await asker.ask(gateway, { kind: "unmap", request: wish })).toEqual({ kind: "gone" });
    expect(await pinholes()).toEqual([pinhole]);
    // Instead of 600 s it lasts for the daemon's minimum of 120.
    expect(end - (await endOfPinhole())).toBeGreaterThan(450);
  });

  test("without a chosen address the pinhole would be for the link-local one", async () => {
    const { localAddress: _chosen, ...unchosen } = gateway;
    const outcome = await start().ask(unchosen, { kind: "map", request: wish });
    expect(outcome).not.toMatchObject({ externalAddress: pcAddress6 });
    expect(await pinholes()).not.toContainEqual(pinhole);
  });

  test("an inquiry tells our own address and leaves no pinhole", async () => {
    const outcome = await start().ask(gateway, { kind: "inquire" });
    expect(outcome).toEqual({ kind: "address", address: pcAddress6 });
    await expect.poll(pinholes).toEqual([]);
  });

  test("PEER: miniupnpd 2.3.1 knows it for IPv4 alone", async () => {
    const request = { ...wish, remote: { address: "2a01:52:34:1::1", port: 9999 } };
    expect(await start().ask(gateway, { kind: "peer", request })).toMatchObject({
      kind: "refused",
      problem: { code: "unsupported" },
    });
  });

  test("an announcement counts from the router's own link-local address alone", async () => {
    const asker = start();
    expect(await asker.ask(gateway, { kind: "probe" })).toBe(true);
    await asker.ask(gateway, { kind: "listen", group: "ff02::1" });
    // miniupnpd 2.3.1 sends its own by the WAN cable; so it makes room for one that does better.
    const router = home.lab.router();
    await router.stop();
    home.atEnd(() => router.start());
    const node = process.execPath;
    await home.lab.exec("pc2", node, ["-e", announce("eth0")]);
    await until("the forged one is heard", () => asker.events.length === 1);
    expect(asker.events).toEqual([expect.stringMatching(/^heard fe80::(?!1%).*%eth0$/)]);
    await home.lab.exec("gw", node, ["-e", announce("lan", "fe80::1%lan", true)]);
    await until("the true one is heard", () => asker.events.length === 3);
    expect(asker.events.slice(1)).toEqual(["heard fe80::1%eth0", "lost announce"]);
  });
});
