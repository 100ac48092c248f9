import { expect, test } from "vitest";
import type { Exposure } from "../../../shared/snapshot.ts";
import { limitedPorts, withLimitedPorts } from "./limited-ports.ts";

const exposures = (ports: readonly number[], part: Partial<Exposure> = {}): readonly Exposure[] =>
  ports.map((port, at) => ({
    transport: "tcp",
    internalPort: 8000 + at,
    state: "mapped",
    listening: true,
    protocol: "upnp",
    endpoint: { address: "52.3.4.5", port },
    expiresAt: null,
    lifetime: null,
    error: null,
    finding: null,
    ...part,
  }));

/** A port of set 0x34: offset bits, eight bits of the set, four bits within (RFC 7597 appendix B). */
const port = (offset: number, within: number, set = 0x34) => (offset << 12) | (set << 4) | within;

test("ports of one set, none of them as wished, are 240 in all", () => {
  expect(limitedPorts(exposures([port(1, 0), port(1, 7), port(9, 3)]))).toEqual({ size: 240 });
});

test("two ports may share a set by chance", () => {
  expect(limitedPorts(exposures([port(1, 0), port(1, 7)]))).toBeNull();
});

test("ports of different sets, or one that was given as wished, speak against it", () => {
  expect(limitedPorts(exposures([port(1, 0), port(1, 7), port(9, 3, 0x35)]))).toBeNull();
  const given = exposures([port(1, 0), port(1, 7), port(9, 3)]);
  const wished = { address: "52.3.4.5", port: 8000 };
  expect(limitedPorts([...given, ...exposures([8000], { endpoint: wished })])).toBeNull();
});

test("so does one of the very set that was given as wished", () => {
  const inside = port(9, 3);
  const given = exposures([inside], { internalPort: inside });
  expect(limitedPorts([...exposures([port(1, 0), port(1, 7)]), ...given])).toBeNull();
});

const before = (ports: readonly number[], externalAddress = "52.3.4.5") =>
  ports.map((externalPort) => ({ internalPort: 9000, externalAddress, externalPort }));

test("what the line gave before counts, what another one gave does not", () => {
  const now = exposures([port(1, 0)]);
  const earlier = [port(1, 7), port(9, 3)];
  expect(limitedPorts(now, before(earlier))).toEqual({ size: 240 });
  expect(limitedPorts(now, before(earlier, "52.3.4.6"))).toBeNull();
  expect(limitedPorts([], before([...earlier, port(2, 0)]))).toBeNull();
  expect(limitedPorts(now, before([...earlier, 9000]))).toBeNull();
});

test("is the finding of each port that stands, where nothing worse is", () => {
  const three = exposures([port(1, 0), port(1, 7), port(9, 3)]);
  const closed = exposures([0], { state: "failed", endpoint: null });
  const told = withLimitedPorts([...three, ...closed], []);
  expect(told.map(({ finding }) => finding?.code)).toEqual([
    ...Array(3).fill("limited-ports"),
    undefined,
  ]);
  expect(told[0]?.finding?.message).toContain("240");
});

test("addresses that are not public tell nothing", () => {
  const endpoint = { address: "100.64.1.2", port: port(1, 0) };
  expect(limitedPorts(exposures([1, 2, 3, 4], { endpoint }))).toBeNull();
});
