import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../plain-text.ts";
import { parseArguments, processName } from "./process.ts";

describe("processName", () => {
  test.each([
    ["node", "/usr/bin/node", ["node", "app.js"], "node"],
    ["python3", "/usr/bin/python3.13", ["python3", "-m", "http.server"], "python3"],
    // Cut at 15 bytes by the kernel.
    ["systemd-resolve", "/usr/lib/systemd/systemd-resolved", [""], "systemd-resolved"],
    ["valheim_server.", "/opt/valheim/valheim_server.x86_64", [""], "valheim_server.x86_64"],
    // The main thread renamed itself.
    ["enfMain", "/srv/dayz/DayZServer", ["./DayZServer"], "DayZServer"],
    ["MainThread", "/usr/bin/node", ["node", "app.js"], "node"],
    // A script run by its interpreter keeps its own name.
    ["gunicorn", "/usr/bin/python3.13", ["/usr/bin/python3", "/usr/bin/gunicorn"], "gunicorn"],
    ["httpd", "/bin/busybox", ["httpd", "-f"], "httpd"],
    // wine: the arguments hold a Windows path.
    [
      "EnshroudedServe",
      "/usr/bin/wine64-preloader",
      [String.raw`Z:\srv\EnshroudedServer.exe`],
      "EnshroudedServer.exe",
    ],
    ["nginx", "/usr/sbin/nginx (deleted)", ["nginx: master process nginx"], "nginx"],
    ["kworker/0:1", null, [""], "kworker/0:1"],
  ])("%s of %s %j is %s", (comm, executable, args, name) => {
    expect(processName(comm, executable, args)).toBe(name);
  });
});

describe("what a process says of itself", () => {
  test("splits arguments at NUL and drops the padding of a rewritten title", () => {
    expect(parseArguments("node\0app.js\0--port\x008080\0")).toEqual([
      "node",
      "app.js",
      "--port",
      "8080",
    ]);
    expect(parseArguments("nginx: master process nginx\0\0\0\0")).toEqual([
      "nginx: master process nginx",
    ]);
  });

  test("keeps UTF-8, replaces what is not, and stays on one line", () => {
    expect(plainText(Buffer.from("Grüße ✓").toString("latin1"))).toBe("Grüße ✓");
    expect(plainText("bad\u00FF\u00FEbytes")).toBe("bad\uFFFD\uFFFDbytes");
    expect(plainText(Buffer.from("two\nlines\u001B[31m\u2028").toString("latin1"))).toBe(
      "two lines [31m",
    );
    expect(plainText(Buffer.from("evil\u202Egpj.exe").toString("latin1"))).toBe("evil gpj.exe");
  });

  test("holds no control character, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const args = parseArguments(Buffer.from(bytes).toString("latin1"));
        expect(args.join(" ")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
