/** Events of a gateway, as the client hears them. */
import { describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { upnpWorld } from "../../../../../test/gateway/upnp-world.ts";

async function subscribed() {
  const world = upnpWorld();
  world.gateway.sendsEvents = true;
  const outcome = watch(world.client.map(wish({}), never));
  await world.clock.advance(500);
  expect(outcome.value).toMatchObject({ kind: "granted" });
  expect(world.gateway.subscriptions.size).toBe(1);
  const asked = () =>
    world.gateway.names().filter((name) => name === "GetExternalIPAddress").length;
  return { ...world, asked };
}

test("a new address is looked up as soon as the gateway tells, and once for several events", async () => {
  const { clock, gateway, lost, asked } = await subscribed();
  const before = asked();
  gateway.externalAddress = "203.0.113.8";
  expect(gateway.tell({ ExternalIPAddress: "203.0.113.8" })).toEqual([200]);
  gateway.tell({ ExternalIPAddress: "203.0.113.8" }, 2);
  await clock.advance(1100);
  expect(lost).toEqual(["event"]);
  expect(asked()).toBe(before + 1);
});

test("what an event says is not believed", async () => {
  const { clock, gateway, lost } = await subscribed();
  gateway.tell({ ExternalIPAddress: "198.51.100.66" });
  await clock.advance(2000);
  expect(lost).toEqual([]);
});

test("the first event, and those about anything else, are no reason to ask", async () => {
  const { clock, gateway, asked } = await subscribed();
  const before = asked();
  gateway.tell({ ExternalIPAddress: "203.0.113.8" }, 0);
  gateway.tell({ PortMappingNumberOfEntries: "3" }, 1);
  await clock.advance(2000);
  expect(asked()).toBe(before);
});

test("the subscription is renewed at half its time, and given back at the end", async () => {
  const { clock, gateway, client, lan } = await subscribed();
  await clock.advance(400_000);
  expect(gateway.names().filter((name) => name === "SUBSCRIBE")).toHaveLength(3);
  expect(gateway.subscriptions.size).toBe(1);
  client.close();
  await clock.advance(100);
  expect(gateway.subscriptions.size).toBe(0);
  expect(lan.hearing).toEqual([]);
  expect(clock.pending).toBe(0);
});

test("a gateway that forgot it gets a new one", async () => {
  const { clock, gateway } = await subscribed();
  const [first] = gateway.subscriptions.keys();
  gateway.subscriptions.clear();
  await clock.advance(160_000);
  expect([...gateway.subscriptions.keys()]).not.toEqual([first]);
  expect(gateway.subscriptions.size).toBe(1);
});

test("a gateway without events is asked for them ever less, and never while it does something else", async () => {
  const { clock, client, gateway, lan } = upnpWorld();
  let tries = 0;
  gateway.script.spoilDescription = (body) => ({ status: 200, body });
  const request = lan.http.bind(lan);
  lan.http = (wanted, signal) => {
    if (wanted.method === "SUBSCRIBE") tries += 1;
    return request(wanted, signal);
  };
  void client.map(wish({}), never);
  await clock.advance(24 * 3600_000);
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(60);
  expect(lan.mostConcurrent).toBe(1);
});

test("where nothing can be heard, asking goes on as before", async () => {
  const { clock, client, gateway, lan, lost } = upnpWorld();
  gateway.sendsEvents = true;
  lan.listenError = "EADDRNOTAVAIL";
  void client.map(wish({}), never);
  await clock.advance(1000);
  expect(gateway.subscriptions.size).toBe(0);
  gateway.externalAddress = "203.0.113.8";
  await clock.advance(65_000);
  expect(lost).toContain("address");
});

describe("nobody else is heard", () => {
  const request = {
    headers: { sid: "uuid:0", nts: "upnp:propchange", seq: "1" },
    body: "<a><ExternalIPAddress>x</ExternalIPAddress></a>",
  };

  test("another host, another subscription, nonsense", async () => {
    const { clock, gateway, lan, asked } = await subscribed();
    const before = asked();
    const [url = ""] = lan.hearing;
    const [sid = ""] = gateway.subscriptions.keys();
    expect(lan.sendHttp("192.0.2.66", url, request)).toBeNull();
    expect(lan.sendHttp(gateway.address, url, request)).toBe(412);
    const ours = { ...request.headers, sid };
    expect(lan.sendHttp(gateway.address, url, { ...request, headers: { sid } })).toBe(412);
    expect(lan.sendHttp(gateway.address, url, { headers: ours, body: "<!DOCTYPE a><a/>" })).toBe(
      400,
    );
    await clock.advance(2000);
    expect(asked()).toBe(before);
    expect(new URL(url).pathname).toMatch(/^\/[0-9a-f]{24}$/);
  });

  test("a router behind another one is not subscribed to: it could not reach us", async () => {
    const { clock, client, gateway } = upnpWorld(1, { clientAddress: "192.0.2.77" });
    gateway.seesAs = "192.0.2.77";
    gateway.sendsEvents = true;
    void client.map(wish({}), never);
    await clock.advance(1000);
    expect(gateway.entries).toHaveLength(1);
    expect(gateway.subscriptions.size).toBe(0);
  });
});
