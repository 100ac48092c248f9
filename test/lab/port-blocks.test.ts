/** A game of several ports on a real router: all or none, with their distances, and nobody else's touched. */
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { homeNetwork, pcAddress, secondPcAddress } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const ports = [27_015, 27_016, 27_017] as const;
const taken = ports[1];
const theirs = {
  transport: "udp",
  externalPort: taken,
  toAddress: secondPcAddress,
  toPort: taken,
};
const block = ports.map((port) => `udp/${port}`).join("+");
const ourRules = (distance: number) =>
  ports.map((port) => ({
    transport: "udp",
    externalPort: port + distance,
    toAddress: pcAddress,
    toPort: port,
  }));

describe.skipIf(noLab).each([
  ["pcp", "natpmpc"],
  ["nat-pmp", "natpmpc"],
  ["upnp", "upnpc"],
] as const)(`a block of ports by %s${whyNoLab}`, (protocol, other) => {
  // The other PC speaks NAT-PMP.
  const protocols = protocol === "pcp" ? (["pcp", "nat-pmp"] as const) : ([protocol] as const);
  const home = useLab(
    { topology: homeNetwork({ pc2: true }), protocols: [...protocols] },
    { natpmpc: "natpmpc", upnpc: "miniupnpc" },
  );

  /** The other PC of the home holds the port in the middle. */
  async function occupy(): Promise<void> {
    const number = String(taken);
    const words = {
      natpmpc: ["-g", Lab.gatewayAddress, "-a", number, number, "udp", "3600"],
      upnpc: ["-a", secondPcAddress, number, number, "UDP", "3600"],
    }[other];
    await home.lab.exec("pc2", other, words);
    expect(await home.lab.dnat()).toEqual([theirs]);
  }

  test("has its own numbers where they are free, and is closed as a whole", async () => {
    const homeport = home.start("--expose", block);
    expect(await homeport.mapped("udp", ports[0])).toMatchObject({ protocol });
    expect(await home.lab.dnat()).toEqual(expect.arrayContaining(ourRules(0)));
    homeport.signal("SIGTERM");
    expect(await homeport.ended).toEqual({ code: 0, signal: null });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("moves by one distance where another PC holds a number in the middle", async () => {
    await occupy();
    for (const port of ports) await home.serve("udp", port, `port ${port}`);
    const homeport = home.start("--expose", block);
    const { endpoint, block: further } = await homeport.mapped("udp", ports[0]);
    const distance = endpoint.port - ports[0];
    expect(distance).not.toBe(0);
    expect(further?.map((port) => port.endpoint?.port)).toEqual([
      ports[1] + distance,
      ports[2] + distance,
    ]);
    const rules = await home.lab.dnat();
    expect(rules).toHaveLength(1 + ports.length);
    expect(rules).toEqual(expect.arrayContaining([theirs, ...ourRules(distance)]));
    for (const port of ports) {
      const echo = await home.lab.udpEcho("52.3.4.5", port + distance, " heard");
      expect(echo).toContain(`port ${port}`);
    }
    homeport.signal("SIGTERM");
    await homeport.ended;
    expect(await home.lab.dnat()).toEqual([theirs]);
  });

  test("is not opened in part where the numbers have to be the same", async () => {
    await occupy();
    const homeport = home.start("--expose", block.replace("27015", "27015=27015"));
    const failed = await homeport.now(
      "it failed",
      ({ exposures }) => exposures[0]?.state === "failed",
    );
    expect(failed.exposures).toMatchObject([
      {
        endpoint: null,
        error: { code: "block-incomplete", message: expect.stringContaining(`${taken}`) },
      },
    ]);
    await expect.poll(() => home.lab.dnat()).toEqual([theirs]);
  });
});
