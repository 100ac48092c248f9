import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";

describe("the addresses of a request", () => {
  test("without more, those of the system's choice", async () => {
    const { clock, gateway, client } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(0);
    expect(gateway.maps[0]).toMatchObject({
      from: { address: "192.0.2.10" },
      request: { clientAddress: "192.0.2.10" },
    });
  });

  test("sent from the address that shall be opened", async () => {
    const { clock, gateway, client } = pcpWorld({
      ref: { address: "fe80::1%eth0", localAddress: "2001:db8::10" },
    });
    gateway.server.externalAddress = "2001:db8::10";
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(gateway.maps[0]).toMatchObject({
      from: { address: "2001:db8::10" },
      request: { clientAddress: "2001:db8::10" },
    });
    expect(outcome.value).toEqual({ ...granted, externalAddress: "2001:db8::10" });
  });

  test("a router between: the header names the address that the server sees (§8.1)", async () => {
    const direct = pcpWorld();
    // As it is behind a router that translates: the source is that router's outside.
    direct.gateway.seesAs = "198.51.100.2";
    const refused = watch(direct.client.map(wish(), never));
    await direct.clock.advance(0);
    expect(refused.value).toMatchObject({ problem: { code: "address-mismatch" } });

    const { clock, gateway, client } = pcpWorld({ ref: { clientAddress: "198.51.100.2" } });
    gateway.seesAs = "198.51.100.2";
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toEqual(granted);
    expect(gateway.server.mappings).toMatchObject([
      { internal: { address: "198.51.100.2", port: 8080 } },
    ]);
  });
});
