/** The lab's networks, proved with clients that are not ours. */
import { describe, expect, test } from "vitest";
import { doubleNat } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { homeNetwork, pcAddress6, secondPcAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

/**
 * Sends a PCP MAP of tcp/8080 (RFC 6887 §11.1) and prints the external address of the answer.
 * @param client in the 16 bytes of PCP, hexadecimal
 */
function mapRequest(family: "udp4" | "udp6", client: string, bind: string, server: string): string {
  return `const socket = require("node:dgram").createSocket("${family}");
const request = Buffer.alloc(60);
request.writeUInt16BE(0x0201);
request.writeUInt32BE(3600, 4);
Buffer.from("${client}", "hex").copy(request, 8);
request[36] = 6;
request.writeUInt16BE(8080, 40);
request.writeUInt16BE(8080, 42);
request.writeUInt16BE(0xffff, 54);
socket.bind(0, "${bind}", () => socket.send(request, 5351, "${server}"));
socket.once("message", (answer) => {
  process.stdout.write(answer.subarray(44).toString("hex"));
  socket.close();
});`;
}

const client6 = "2a010052003400770000000000000010";
const openPinhole = mapRequest("udp6", client6, pcAddress6, "fe80::1%eth0");
const client4 = `${"00".repeat(10)}ffffc0a84d0a`;
const openPort = mapRequest("udp4", client4, Lab.pcAddress, Lab.gatewayAddress);

describe.skipIf(noLab)(`a home with IPv6 and two PCs${whyNoLab}`, () => {
  const topology = homeNetwork({ ipv6: true, pc2: true });
  const home = useLab({ topology }, { natpmpc: "natpmpc" });

  test("lets a visitor in over IPv6 only through a pinhole", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    const url = `http://[${pcAddress6}]:8080/`;
    await expect(home.lab.visit(url)).rejects.toThrow("ECONNREFUSED");
    await home.lab.exec("pc", process.execPath, ["-e", openPinhole]);
    const pinhole = { transport: "tcp", toAddress: pcAddress6, toPort: 8080 };
    expect(await home.lab.router().pinholes()).toEqual([pinhole]);
    expect((await home.lab.visit(url)).body).toBe("the page");
    await home.lab.restartGateway();
    expect(await home.lab.router().pinholes()).toEqual([]);
  });

  test("has a temporary address on the PC beside the stable one", async () => {
    const { stdout } = await home.lab.exec("pc", "ip", ["-6", "address", "show", "temporary"]);
    expect(stdout).toContain("scope global temporary");
  });

  test("has a second PC whose mappings are its own", async () => {
    const words = ["-g", Lab.gatewayAddress, "-a", "7000", "7000", "tcp", "3600"];
    await home.lab.exec("pc2", "natpmpc", words);
    const rule = { transport: "tcp", externalPort: 7000, toAddress: secondPcAddress, toPort: 7000 };
    expect(await home.lab.dnat()).toEqual([rule]);
  });
});

describe.skipIf(noLab)(`a router behind a router${whyNoLab}`, () => {
  const home = useLab({ topology: doubleNat });

  test("maps, and tells its private address, also after a reboot", async () => {
    const privateWan = `${"00".repeat(10)}ffffc0a80102`;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { stdout } = await home.lab.exec("pc", process.execPath, ["-e", openPort]);
      expect(stdout).toBe(privateWan);
      const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
      expect(await home.lab.dnat()).toEqual([rule]);
      expect(await home.lab.router("upper").dnat()).toEqual([]);
      await home.lab.restartGateway();
    }
  });
});

describe.skipIf(noLab)(`two labs at once${whyNoLab}`, () => {
  const [first, second] = [useLab(), useLab()];

  test("do not know of each other", async () => {
    expect(first.lab.id).not.toBe(second.lab.id);
    await first.lab.changeWanAddress();
    await until("the first has changed", async () => (await first.lab.wanAddress()) === "52.3.4.6");
    expect(await second.lab.wanAddress()).toBe("52.3.4.5");
  });
});
