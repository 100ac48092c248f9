import { describe, expect, test } from "vitest";
import { scpdOf } from "../../../../../test/gateway/igd-documents.ts";
import { parseScpd } from "./scpd.ts";

const body = (...asked: Parameters<typeof scpdOf>): string => scpdOf(...asked).body;

describe("what a service declares of itself", () => {
  test("its actions, and which values it takes", () => {
    const told = body(["AddPortMapping", "GetListOfPortMappings"], {
      PortMappingLeaseDuration: [1, 604_800],
      ExternalPort: [0, 65_535],
    });
    expect(parseScpd(told)).toEqual({
      actions: new Set(["AddPortMapping", "GetListOfPortMappings"]),
      leases: { minimum: 1, maximum: 604_800 },
      // 0 is the wildcard: never asked for.
      externalPorts: { minimum: 1, maximum: 65_535 },
    });
  });

  test.each([
    ["no XML", "<html><body>404"],
    ["another document", "<root><actionList/></root>"],
    ["a DTD", `<!DOCTYPE x>${body(["AddPortMapping"])}`],
    ["another service's", body(["SetConnectionType", "GetDefaultConnectionService"])],
    ["nothing in it", "<scpd/>"],
  ])("%s: none", (_what, text) => {
    expect(parseScpd(text)).toBeNull();
  });

  test.each([
    ["the ends changed", [7200, 0]],
    ["more than a ui4", [0, 4_294_967_296]],
    ["nothing that a port can be", [70_000, 80_000]],
  ] as const)("a range with %s is none", (_what, range) => {
    expect(parseScpd(body(["AddPortMapping"], { ExternalPort: range }))?.externalPorts).toBeNull();
  });

  test("ranges in words, or cut off, are none", () => {
    for (const text of ["-1", "0x10", "", "1e3"]) {
      const told = body(["AddPortMapping"], { PortMappingLeaseDuration: [1, 9] });
      expect(parseScpd(told.replace("<minimum>1<", `<minimum>${text}<`))?.leases).toBeNull();
    }
  });

  test("of endless lists the beginning", () => {
    const actions = Array.from({ length: 1000 }, (_, index) => `Action${index}`);
    expect(parseScpd(body(["AddPortMapping", ...actions]))?.actions.size).toBe(128);
    expect(parseScpd(body([...actions, "AddPortMapping"]))).toBeNull();
  });
});
