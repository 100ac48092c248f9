import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { SimulatedClock } from "../../../../test/fixtures/simulated-clock.ts";
import type { LocalAddress, Logger } from "../../environment.ts";
import { readAnnouncement } from "../../recognise/mdns/announcement.ts";
import { openBonjour } from "./bonjour.ts";
import { openGuardedSocket } from "./guarded-socket.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

function sender(): Socket {
  const socket = createSocket("udp4");
  closers.push(() => socket.close());
  return socket;
}

const loopback: LocalAddress = {
  interface: "lo",
  family: 4,
  address: "127.0.0.1",
  prefixLength: 8,
};

async function listen(own: readonly LocalAddress[] = [loopback]) {
  const port = await freePort();
  const troubles: unknown[] = [];
  const log: Logger = {
    debug: (_message, fields) => troubles.push(fields?.["why"]),
    info: () => undefined,
    warn: () => undefined,
  };
  const clock = new SimulatedClock();
  const lan = { localAddresses: () => own };
  const browsing = await openBonjour({ clock, log, lan, port, address: "127.0.0.1" });
  closers.push(() => void browsing.close());
  let changed = (): void => undefined;
  const change = new Promise<void>((resolve) => {
    changed = resolve;
  });
  const browser = browsing.browse("http", "tcp", changed);
  return { port, browser, change, troubles, clock };
}

function name(...labels: readonly string[]): Buffer {
  const parts = labels.flatMap((label) => [
    Buffer.from([Buffer.byteLength(label)]),
    Buffer.from(label),
  ]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(120, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, head, data]);
}

/** A response (RFC 6762 §18) with PTR, SRV and TXT of one instance. */
function response(instance: string): Buffer {
  const service = name(instance, "_http", "_tcp", "local");
  const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 0]);
  const target = Buffer.concat([Buffer.from([0, 0, 0, 0, 0x1f, 0x90]), name("pc", "local")]);
  return Buffer.concat([
    header,
    record(name("_http", "_tcp", "local"), 12, service),
    record(service, 33, target),
    record(service, 16, Buffer.from([3, 0x61, 0x3d, 0x62])),
  ]);
}

describe("openBonjour", () => {
  test("hears an announcement, among much that is none", async () => {
    const { port, browser, change } = await listen();
    const socket = sender();
    const right = response("My v1.2");
    for (let length = 0; length < right.length; length += 3) {
      socket.send(right.subarray(0, length), port, "127.0.0.1");
    }
    socket.send(Buffer.alloc(1400, 0xff), port, "127.0.0.1");
    socket.send(right, port, "127.0.0.1");
    await change;
    expect(browser.services.map(readAnnouncement)).toEqual([
      {
        name: "My v1.2",
        type: "_http._tcp",
        transport: "tcp",
        port: 8080,
        host: "pc",
        addresses: [],
        txt: { a: "b" },
        from: "127.0.0.1",
      },
    ]);
  });
});

/** A response whose last record's name begins with pointers to pointers, which cost the library a look each. */
function winding(instance: string, pointers: number): Buffer {
  const whole = response(instance);
  whole.writeUInt16BE(5, 6);
  const chain = Buffer.alloc(2 * pointers);
  const start = whole.length + 11;
  for (let at = 2; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (start + at - 2), at);
  const last = Buffer.from([
    0xc0 | ((start + chain.length - 2) >> 8),
    (start + chain.length - 2) & 0xff,
  ]);
  const parts = [whole, record(Buffer.from([0]), 65_280, chain), record(last, 65_280, chain)];
  return Buffer.concat(parts);
}

test("a message that is slow to read is not read by the library", async () => {
  const { port, browser, change } = await listen();
  const socket = sender();
  socket.send(winding("slow", 1000), port, "127.0.0.1");
  socket.send(winding("quick", 100), port, "127.0.0.1");
  await change;
  expect(browser.services.map((service) => readAnnouncement(service)?.name)).toEqual(["quick"]);
});

describe("openGuardedSocket", () => {
  async function guarded(accepts: (from: string) => boolean = () => true) {
    const port = await freePort();
    const clock = new SimulatedClock();
    const troubles: string[] = [];
    const socket = await openGuardedSocket({
      clock,
      port,
      accepts,
      onTrouble: (why) => troubles.push(why),
    });
    closers.push(() => socket.close());
    const heard: number[] = [];
    socket.on("message", (datagram: Buffer) => {
      if (datagram[0] === 0xee) throw new TypeError("no");
      heard.push(datagram[0] ?? -1);
    });
    // As if it came: the order of real datagrams is nobody's to promise.
    const arrive = (bytes: Uint8Array, address = "127.0.0.1"): boolean =>
      socket.emit("message", Buffer.from(bytes), {
        address,
        family: "IPv4",
        port: 5353,
        size: bytes.length,
      });
    return { socket, heard, troubles, clock, arrive };
  }

  test("bears a listener that throws, and an error without a listener", async () => {
    const { socket, heard, troubles, arrive } = await guarded();
    arrive(Uint8Array.of(0xee));
    arrive(Uint8Array.of(1));
    socket.emit("error", Object.assign(new Error("x"), { code: "ENETDOWN" }));
    expect(heard).toEqual([1]);
    expect(troubles).toEqual(["TypeError", "ENETDOWN"]);
  });

  test("hears a hundred datagrams a second, none that is too large or of a stranger", async () => {
    const { heard, clock, arrive } = await guarded((from) => from !== "203.0.113.9");
    arrive(new Uint8Array(9001));
    arrive(Uint8Array.of(1), "203.0.113.9");
    for (let count = 0; count < 500; count += 1) arrive(Uint8Array.of(2));
    expect(heard).toHaveLength(98);
    await clock.advance(1000);
    arrive(Uint8Array.of(3));
    expect(heard.at(-1)).toBe(3);
  });

  test("hears real datagrams", async () => {
    const { socket, heard } = await guarded();
    sender().send(Uint8Array.of(7), socket.address().port, "127.0.0.1");
    await once(socket, "message");
    expect(heard).toEqual([7]);
  });
});
