/** A PC behind one gateway, and what keeps hold of that: for tests of the choice among protocols and gateways. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MappingProtocol } from "../../shared/snapshot.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { SimulatedLan } from "../fixtures/simulated-lan.ts";
import { FakeIgd } from "./fake-igd.ts";
import { FakeNatPmpGateway } from "./fake-natpmp-gateway.ts";
import { FakePcpGateway } from "./fake-pcp-gateway.ts";
import { byVersion, simulatedTransport } from "./transports.ts";
import { candidates4 } from "../../main/engine/gateway/candidates.ts";
import { GatewayMemory } from "../../main/engine/gateway/gateway-memory.ts";
import { GatewayTracker } from "../../main/engine/gateway/gateway-tracker.ts";
import { LeaseBook } from "../../main/engine/gateway/lease-book.ts";
import { NatPmpClient } from "../../main/engine/gateway/natpmp/client.ts";
import { PcpClient } from "../../main/engine/gateway/pcp/client.ts";
import { UpnpClient } from "../../main/engine/gateway/upnp/igd/client.ts";
import { readWaysOut } from "../../main/engine/gateway/ways-out.ts";

export const ADDRESS = "192.0.2.1";

/** A PC behind one gateway that speaks all three protocols until told otherwise. */
export function trackerWorld({ memory: known }: { memory?: GatewayMemory } = {}) {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  network.gateways = [{ address: ADDRESS, family: 4, interface: "eth0" }];
  const lan = new SimulatedLan(clock, network);
  // One port for both, as on a real gateway: each takes what is in its version.
  const [pcpSide, natPmpSide] = byVersion(
    simulatedTransport(network, { address: ADDRESS, port: 5351 }),
  );
  const pcp = new FakePcpGateway({ clock, transport: pcpSide });
  const natPmp = new FakeNatPmpGateway({ clock, transport: natPmpSide });
  const upnp = new FakeIgd({ clock, network, lan, address: ADDRESS });
  const directory = mkdtempSync(join(tmpdir(), "homeport-tracker-"));
  const book = new LeaseBook(join(directory, "leases.jsonl"), () => clock.now());
  const memory = known ?? new GatewayMemory(join(directory, "gateways.json"), environment);
  const changes: (MappingProtocol | null)[] = [];
  const lost: string[] = [];
  const tracker: GatewayTracker = new GatewayTracker({
    environment,
    book,
    memory,
    candidates: async () => {
      const { byHand } = world;
      const named = byHand === null ? [] : [byHand];
      return candidates4(named, await readWaysOut(network, lan, null)).first;
    },
    createMappers: (gateway) => [
      new PcpClient(environment, gateway),
      new NatPmpClient(environment, gateway),
      new UpnpClient(environment, lan, gateway),
    ],
    onChange: () => changes.push(tracker.mapper?.protocol ?? null),
    onStateLost: (signal) => lost.push(signal),
  });
  const hold = (protocol: MappingProtocol, expiresIn = 7200_000): void =>
    book.put({
      gateway: ADDRESS,
      layer: "ipv4",
      protocol,
      transport: "tcp",
      internalPort: 8080,
      nonce: "00".repeat(12),
      externalAddress: "203.0.113.7",
      externalPort: 8080,
      lifetime: 7200,
      expiresAt: new Date(clock.now() + expiresIn).toISOString(),
      left: false,
    });
  const world = {
    environment,
    clock,
    network,
    lan,
    pcp,
    natPmp,
    upnp,
    book,
    memory,
    tracker,
    changes,
    lost,
    hold,
    byHand: null as string | null,
  };
  return world;
}

export type World = ReturnType<typeof trackerWorld>;

export function silence({ pcp, natPmp, upnp }: World, ...protocols: MappingProtocol[]): void {
  pcp.script.silent = protocols.includes("pcp");
  natPmp.script.silent = protocols.includes("nat-pmp");
  upnp.script.hears = protocols.includes("upnp") ? "none" : "both";
}

/** What is in use after so many milliseconds. */
export async function inUse(
  { clock, tracker }: World,
  after: number,
): Promise<MappingProtocol | null> {
  await clock.advance(after);
  return tracker.mapper?.protocol ?? null;
}
