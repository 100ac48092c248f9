import { expect, test } from "vitest";
import { silentLog, simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { AnnounceListener } from "./announce-listener.ts";

const from = { address: "192.0.2.1", port: 5351 };

function world() {
  const { clock, network } = simulatedEnvironment();
  const lan = new SimulatedLan(clock, network);
  const heard: number[] = [];
  const listener = new AnnounceListener({
    lan,
    log: silentLog,
    onDatagram: (datagram) => heard.push(datagram.length),
  });
  const announce = (length: number, group = "224.0.0.1"): void =>
    network.sendToGroup(new Uint8Array(length), { address: group, port: 5350 }, from);
  return { lan, listener, heard, announce };
}

test("hears both groups", async () => {
  const { listener, heard, announce } = world();
  await listener.open();
  announce(12);
  announce(24, "ff02::1");
  expect(heard).toEqual([12, 24]);
});

test("opened anew it hears each datagram once, closed none", async () => {
  const { lan, listener, heard, announce } = world();
  await listener.open();
  await Promise.all([listener.open(), listener.open(), listener.open()]);
  announce(24);
  expect(heard).toEqual([24]);
  expect(lan.listening).toBe(2);
  const opening = listener.open();
  listener.close();
  await opening;
  announce(24);
  expect(heard).toEqual([24]);
  expect(lan.listening).toBe(0);
});

test("what is too long is not looked at", async () => {
  const { listener, heard, announce } = world();
  await listener.open();
  announce(1101);
  expect(heard).toEqual([]);
});

test("a port that is taken is no reason to fail, and the next try may work", async () => {
  const { lan, listener, heard, announce } = world();
  lan.listenError = "EADDRINUSE";
  await listener.open();
  lan.listenError = null;
  await listener.open();
  announce(24);
  expect(heard).toEqual([24]);
});
