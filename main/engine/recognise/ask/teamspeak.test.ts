import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unreadable } from "./byte-reader.ts";
import { decodeServerInfo, encodeServerInfo, isWholeInfo } from "./teamspeak.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Constructed from the manual's examples. */
const welcome =
  'TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface, type "help" for a list of commands.\n\r';
const done = "error id=0 msg=ok\n\r";
const info = (name: string): string =>
  `virtualserver_unique_identifier=x virtualserver_name=${name} virtualserver_clientsonline=4 virtualserver_queryclientsonline=1 virtualserver_maxclients=32 virtualserver_version=3.13.7\\s[Build:\\s1655727713]\n\r`;

describe("TeamSpeak 3", () => {
  test("is asked in one piece", () => {
    expect(Buffer.from(encodeServerInfo()).toString()).toBe("use sid=1\nserverinfo\nquit\n");
  });

  test("tells name, people and version", () => {
    const reply = `${welcome}${done}${info("Ann's\\sguild\\p\\/\\\\")}${done}`;
    expect(decodeServerInfo(utf8(reply))).toEqual({
      protocol: "teamspeak3",
      name: "Ann's guild|/\\",
      players: 3,
      maxPlayers: 32,
      version: "3.13.7",
    });
  });

  test("is whole after the second answer, or when it is another program", () => {
    expect(isWholeInfo(utf8("TS"))).toBe(false);
    expect(isWholeInfo(utf8(`${welcome}${done}`))).toBe(false);
    expect(isWholeInfo(utf8(`${welcome}${done}${info("x")}${done}`))).toBe(true);
    expect(isWholeInfo(utf8("SSH-2.0"))).toBe(true);
  });

  test.each([
    "",
    "TS3",
    "HTTP/1.1 200 OK",
    `${welcome}error id=1024 msg=invalid\\sserverID\n\rerror id=2568 msg=insufficient\\sclient\\spermissions\n\r`,
  ])("does not read %j", (reply) => {
    expect(() => decodeServerInfo(utf8(reply))).toThrow(Unreadable);
  });

  test("bears anything for values", () => {
    const nameOf = (name: string): string | null => {
      try {
        return decodeServerInfo(utf8(`${welcome}${done}${info(name)}${done}`)).name;
      } catch (error) {
        if (error instanceof Unreadable) return null;
        throw error;
      }
    };
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (name) => {
        expect(nameOf(name)?.length ?? 0).toBeLessThanOrEqual(120);
      }),
    );
  });
});
