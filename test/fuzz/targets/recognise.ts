/** What servers and the local network say of themselves. */
import { readLanWorld } from "../../../main/engine/recognise/lan-worlds/lan-world.ts";
import { readAnnouncement } from "../../../main/engine/recognise/mdns/announcement.ts";
import * as a2s from "../../../main/engine/recognise/ask/a2s.ts";
import type { Answer } from "../../../main/engine/recognise/ask/answer.ts";
import { Unreadable } from "../../../main/engine/recognise/ask/byte-reader.ts";
import * as greeting from "../../../main/engine/recognise/ask/greeting.ts";
import * as http from "../../../main/engine/recognise/ask/http.ts";
import * as bedrock from "../../../main/engine/recognise/ask/minecraft-bedrock.ts";
import * as java from "../../../main/engine/recognise/ask/minecraft-java.ts";
import * as mumble from "../../../main/engine/recognise/ask/mumble.ts";
import { redact } from "../../../main/engine/recognise/redact.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress, claimPort, claimShowable, orRefusal } from "./claims.ts";
import { fromHex, utf8 } from "./text.ts";

const LONGEST = 120;
/** More than any datagram that is read. */
const DATAGRAM = 4096;
const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function claimAnswer(answer: Answer | null): void {
  if (answer === null) return;
  claimShowable(answer.name, LONGEST);
  claimShowable(answer.version, LONGEST);
  for (const count of [answer.players, answer.maxPlayers]) {
    claim(count === null || (Number.isSafeInteger(count) && count >= 0), "a count is a count");
  }
}

/** A packet of Minecraft: lengths of up to 2 × 7 bits. */
function status(json: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  const varint = (value: number): number[] => [(value & 0x7f) | 0x80, value >> 7];
  const packet = Buffer.concat([Buffer.from([0, ...varint(text.length)]), text]);
  return Buffer.concat([Buffer.from(varint(packet.length)), packet]);
}

const targets: readonly Target[] = [
  {
    name: "minecraft-java",
    maxLength: java.statusLimit,
    seeds: [
      status({
        version: { name: "Paper 1.21.4", protocol: 769 },
        players: { online: 3, max: 20, sample: [{ name: "Alex", id: "x" }] },
        description: { text: "§6Home ", extra: [{ text: "sweet", bold: true }, " home"] },
        favicon: "data:image/png;base64,AAAA",
      }),
      status({ description: "A Minecraft Server" }),
      status({ description: ["a", ["b"], { extra: [{}] }], players: {}, version: 3 }),
    ],
    words: [
      '"extra":[',
      '"text":"',
      "[[[[",
      '{"text":',
      "\\u00a7",
      "\\ud83d",
      '"players":{"online":1,"max":',
    ],
    run: (input) => {
      java.isWholeStatus(input);
      claimAnswer(orRefusal(() => java.decodeStatus(input), Unreadable, SyntaxError));
    },
  },
  {
    name: "minecraft-bedrock",
    maxLength: DATAGRAM,
    seeds: [
      Buffer.concat([
        fromHex("1c 0102030405060708 0000000000000000 00ffff00fefefefefdfdfdfd12345678 0047"),
        Buffer.from("MCPE;§lMy world;748;1.21.50;2;10;13253860892328930865;Bedrock level;1;1"),
      ]),
    ],
    words: ["MCEE;", ";", "§"],
    run: (input) => claimAnswer(orRefusal(() => bedrock.decodePong(input, token), Unreadable)),
  },
  {
    name: "mumble",
    share: 2,
    maxLength: 64,
    seeds: [fromHex("00010400 0102030405060708 00000003 00000064 00011170")],
    run: (input) => claimAnswer(orRefusal(() => mumble.decodePong(input, token), Unreadable)),
  },
  {
    name: "a2s",
    share: 2,
    maxLength: DATAGRAM,
    seeds: [
      Buffer.concat([
        fromHex("ffffffff49 11"),
        Buffer.from("My server\0map\0folder\0game\0"),
        fromHex("b801 03 10 00 64 6c 00 01"),
        Buffer.from("1.2.3\0"),
        fromHex("b1 8769 0101010101010101"),
        Buffer.from("tags\0"),
        fromHex("2aa00d0000000000"),
      ]),
      Buffer.concat([
        fromHex("ffffffff6d"),
        Buffer.from("127.0.0.1:27015\0Old\0map\0valve\0Half-Life\0"),
        fromHex("02 08 2f 64 6c 00 00"),
      ]),
      fromHex("ffffffff41 0a0b0c0d"),
    ],
    run: (input) => {
      const reply = orRefusal(() => a2s.decodeInfoReply(input), Unreadable);
      if (reply?.kind === "challenge") claim(reply.challenge.length === 4, "a challenge is short");
      if (reply?.kind === "answer") claimAnswer(reply.answer);
    },
  },
  {
    name: "http",
    maxLength: http.pageLimit,
    seeds: [
      'HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html\r\n\r\n<!doctype html><html><head><title lang="en">Home &amp; &#x1F600; &#65;</title></head>',
      "HTTP/1.0 404 Not Found\nserver:\tx\n\n<title>gone</title>",
    ],
    words: ["<title", "</title>", "server:", "&#xD800;", "&#", ";", "\r\n\r\n", "&nbsp;", "  "],
    run: (input) => {
      http.isEnough(input);
      claimAnswer(orRefusal(() => http.decodePage(input), Unreadable));
    },
  },
  {
    name: "greeting",
    share: 2,
    maxLength: greeting.greetingLimit,
    seeds: [
      "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
      "220 mail.example ESMTP Postfix\r\n",
      "220-FileZilla Server 1.8\r\n220 ready\r\n",
      "RFB 003.008\n",
      "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: MediaMTX\r\n\r\n",
    ],
    run: (input) => {
      greeting.isWholeLine(input);
      greeting.isWholeHead(input);
      claimAnswer(orRefusal(() => greeting.decodeGreeting(input), Unreadable));
      claimAnswer(orRefusal(() => greeting.decodeOptions(input), Unreadable));
    },
  },
  {
    name: "lan-world",
    share: 2,
    maxLength: DATAGRAM,
    seeds: ["[MOTD]Alex - §aNew World[/MOTD][AD]54321[/AD]"],
    words: ["[MOTD]", "[/MOTD]", "[AD]", "[/AD]", "§"],
    run: (input) => {
      const world = readLanWorld(input);
      if (world === null) return;
      claimShowable(world.motd, LONGEST);
      claimPort(world.port);
    },
  },
  {
    name: "mdns-announcement",
    maxLength: DATAGRAM,
    seeds: [
      "My printer._ipp._tcp.local\nprinter.local\n631\n192.168.1.7\nfe80::1%eth0",
      "a.b._http._tcp.local.\nx\n80\n::1\nno address",
      "_x._udp.local\n\n0",
    ],
    words: ["._http._tcp.local", "\n", ".local", "%", "."],
    run: (input) => {
      const [fqdn, host, port, ...addresses] = utf8(input).split("\n");
      const found = {
        fqdn,
        host,
        port: Number(port),
        addresses,
        referer: { address: "192.168.1.7" },
      };
      const announcement = readAnnouncement(found);
      if (announcement === null) return;
      claimShowable(announcement.name, LONGEST);
      claimShowable(announcement.host, LONGEST);
      claimPort(announcement.port);
      claim(announcement.addresses.length <= 8, "few addresses");
      for (const address of announcement.addresses) {
        claimAddress(address);
        claim(address.length <= 64, "an address is short");
      }
    },
  },
  {
    name: "redact",
    share: 2,
    maxLength: DATAGRAM,
    seeds: [
      'srcds -game csgo +rcon_password "a b" -password=x --token y http://u:p@h/?pass=z',
      "ADMIN_TOKEN=1 ?ServerPassword=2,secret:3",
    ],
    words: ["password", "=", " ", "-", "_", "://", ":", "@", '"', "'"],
    run: (input) => {
      const text = utf8(input);
      const once = redact(text);
      claim(once.length <= 4 * text.length + 16, "nothing grows without end");
    },
  },
];

export const recogniseTargets = targets;
