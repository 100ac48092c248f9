import { expect, test } from "vitest";
import { problem } from "../../../shared/problems.ts";
import type { Exposure } from "../../../shared/snapshot.ts";
import { namedExposures } from "./named-exposures.ts";

const exposure: Exposure = {
  transport: "tcp",
  internalPort: 8080,
  state: "mapped",
  listening: true,
  protocol: "pcp",
  endpoint: { address: "52.9.9.9", port: 8080 },
  expiresAt: null,
  lifetime: null,
  error: null,
  finding: null,
  ipv6: {
    state: "mapped",
    gateway: "fe80::1",
    protocol: "pcp",
    endpoint: { address: "2001:db8::10", port: 8080 },
    expiresAt: null,
    lifetime: null,
    error: null,
  },
};

test("an address that the internet does not see goes along with the reason; that of IPv6 is not concerned", () => {
  const finding = problem("address-differs");
  const [plain] = namedExposures([exposure], []);
  const [refused] = namedExposures([{ ...exposure, finding }], []);
  const ipv6 = { address: "2001:db8::10", port: 8080 };
  expect(plain?.endpoints).toEqual([{ address: "52.9.9.9", port: 8080 }, ipv6]);
  expect(refused?.endpoints).toEqual([{ address: "52.9.9.9", port: 8080, refusal: finding }, ipv6]);
});
