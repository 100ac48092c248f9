import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import type { Lease } from "./lease-book.ts";
import { Parting } from "./parting.ts";
import type { LeaseKey, PortMapper } from "./port-mapper.ts";

const address = "192.0.2.1";

test("what another router of the same address holds is not closed by this one", async () => {
  const environment = simulatedEnvironment();
  const lease = (internalPort: number, router?: string): Lease => ({
    gateway: address,
    ...(router !== undefined && { router }),
    layer: "ipv4",
    protocol: "pcp",
    transport: "tcp",
    internalPort,
    nonce: "00".repeat(12),
    externalAddress: "203.0.113.7",
    externalPort: internalPort,
    lifetime: 7200,
    expiresAt: new Date(environment.clock.now() + 7_200_000).toISOString(),
    left: false,
  });
  const held = [lease(1, "02:00:00:00:00:01"), lease(2, "02:00:00:00:00:02"), lease(3)];
  const deleted: number[] = [];
  const ended: number[] = [];
  const mapper: PortMapper = {
    protocol: "pcp",
    probe: () => Promise.resolve(true),
    map: () => Promise.reject(new Error("nothing is to be mapped")),
    unmap: ({ internalPort }: LeaseKey) => {
      deleted.push(internalPort);
      return Promise.resolve({ kind: "gone" });
    },
    onStateLost: () => {},
    close: () => {},
  };
  const parting = new Parting({
    environment,
    createMappers: () => [mapper],
    book: { held: () => held, put: ({ internalPort }) => void ended.push(internalPort) },
    layer: "ipv4",
    inUse: () => null,
  });
  parting.from({ address }, "02:00:00:00:00:02");
  await environment.clock.advance(10_000);
  expect([deleted, ended]).toEqual([
    [2, 3],
    [2, 3],
  ]);
});
