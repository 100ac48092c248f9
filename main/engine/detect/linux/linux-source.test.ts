import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LinuxListenerSource } from "./linux-source.ts";
import { ProcTree } from "./proc-tree.fixture.ts";

const all80 = "00000000:0050";
let tree: ProcTree;
let now: number;

beforeEach(() => {
  tree = new ProcTree();
  now = 0;
});
afterEach(() => tree.remove());

/** Reading takes no time on this clock, so each scan reads all tables. */
function createSource(ownPid = 999): LinuxListenerSource {
  return new LinuxListenerSource({ root: tree.root, ownPid, now: () => now });
}

async function owners(source: LinuxListenerSource): Promise<string[]> {
  const servers = await source.scan();
  return servers.map((s) => `${s.transport}/${s.port} ${s.process?.pid ?? "?"}`);
}

describe("LinuxListenerSource on a constructed /proc", () => {
  test("names the owner, and the ephemeral range of this system", async () => {
    tree.process(10, { comm: "node", exe: "/usr/bin/node", sockets: { 5: 100, 6: 101 } });
    tree.table("tcp", [{ local: "0100007F:1F90", inode: 100 }]);
    tree.table("udp", [{ local: "00000000:9C40", inode: 101 }]);
    const process = { pid: 10, name: "node", commandLine: "node app.js" };
    const source = createSource();
    expect(await source.scan()).toMatchObject([
      {
        transport: "tcp",
        port: 8080,
        addresses: ["127.0.0.1"],
        scope: "loopback",
        process,
        ephemeral: false,
      },
      {
        transport: "udp",
        port: 40_000,
        addresses: ["0.0.0.0"],
        scope: "network",
        process,
        ephemeral: true,
      },
    ]);
  });

  test.each([
    ["found at once", [100], ["tcp/80 10"]],
    ["while all are walked for another", [100, 999], ["tcp/80 ?", "tcp/80 10"]],
  ])(
    "a socket that workers inherited belongs to the parent: %s",
    async (_name, inodes, expected) => {
      tree.process(10, { comm: "nginx", sockets: { 6: 100 } });
      tree.process(11, { parent: 10, comm: "nginx", sockets: { 6: 100 } });
      tree.process(12, { parent: 11, comm: "nginx", sockets: { 6: 100 } });
      tree.table(
        "tcp",
        inodes.map((inode) => ({ local: all80, inode })),
      );
      expect(await owners(createSource())).toEqual(expected);
    },
  );

  test("a new socket that a new worker inherited belongs to the parent, which is not walked any more", async () => {
    tree.process(10, { comm: "nginx" });
    const source = createSource();
    await source.scan();
    tree.process(10, { comm: "nginx", sockets: { 6: 100 } });
    tree.process(11, { parent: 10, comm: "nginx", sockets: { 6: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    expect(await owners(source)).toEqual(["tcp/80 10"]);
  });

  test("a socket that systemd holds too belongs to the service", async () => {
    tree.process(1, { parent: 0, comm: "systemd", sockets: { 3: 100 } });
    tree.process(11, { parent: 1, comm: "sshd", sockets: { 3: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    expect(await owners(createSource())).toEqual(["tcp/80 11"]);
  });

  test("a socket that inetd passed as standard input belongs to the service", async () => {
    tree.process(5, { comm: "inetd", sockets: { 4: 100 } });
    tree.process(11, { parent: 5, comm: "tftpd", sockets: { 0: 100, 1: 100, 2: 100 } });
    tree.table("udp", [{ local: all80, inode: 100 }]);
    expect(await owners(createSource())).toEqual(["udp/80 11"]);
  });

  test("a listener in the place of standard output is found, and a worker's belongs to the parent", async () => {
    tree.process(10, { sockets: { 1: 100, 3: 101 } });
    tree.process(11, { parent: 10, sockets: { 1: 100 } });
    tree.table(
      "tcp",
      [100, 101].map((inode) => ({ local: all80, inode })),
    );
    const source = createSource();
    expect(await owners(source)).toEqual(["tcp/80 10"]);
    tree.process(12, { sockets: { 2: 102 } });
    tree.table("udp", [{ local: all80, inode: 102 }]);
    expect(await owners(source)).toEqual(["tcp/80 10", "udp/80 12"]);
  });

  test("a socket that changes hands gets its new owner", async () => {
    tree.process(1, { parent: 0, comm: "systemd", sockets: { 40: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    expect(await owners(source)).toEqual(["tcp/80 1"]);
    tree.process(1, { parent: 0, comm: "systemd" });
    tree.process(11, { comm: "sshd", sockets: { 3: 100 } });
    expect(await owners(source)).toEqual(["tcp/80 11"]);
  });

  test("a change is noticed after a long time without any", async () => {
    tree.process(1, { parent: 0, comm: "systemd", sockets: { 40: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    for (let scan = 0; scan < 30; scan += 1) expect(await owners(source)).toEqual(["tcp/80 1"]);
    tree.process(1, { parent: 0, comm: "systemd" });
    tree.process(11, { comm: "sshd", sockets: { 3: 100 } });
    expect(await owners(source)).toEqual(["tcp/80 11"]);
    for (let scan = 0; scan < 30; scan += 1) await source.scan();
    tree.table("tcp", []);
    expect(await owners(source)).toEqual([]);
  });

  test("two processes that share a port (SO_REUSEPORT) are two servers", async () => {
    tree.process(10, { sockets: { 6: 100 } });
    tree.process(11, { sockets: { 6: 101 } });
    tree.table("tcp", [
      { local: all80, inode: 100 },
      { local: all80, inode: 101 },
    ]);
    expect(await owners(createSource())).toEqual(["tcp/80 10", "tcp/80 11"]);
  });

  describe("a port proxy", () => {
    const cmdline = "docker-proxy\0-container-ip\x00172.17.0.2\0-container-port\x0080\0";
    const namespace = { address: "172.17.0.2", inode: 500 };

    async function program() {
      tree.process(10, { comm: "docker-proxy", cmdline, sockets: { 4: 100 } });
      tree.table("tcp", [{ local: all80, inode: 100 }]);
      return (await createSource().scan())[0]?.process?.program;
    }

    test("is named after the process that listens behind it", async () => {
      tree.process(20, { comm: "tini", cmdline: "tini\0", namespace });
      tree.process(21, {
        parent: 20,
        comm: "java",
        cmdline: "java\0-jar\0server.jar\0",
        namespace,
        sockets: { 9: 500 },
      });
      tree.process(22, { comm: "other", namespace: { address: "172.17.0.3", inode: 501 } });
      expect(await program()).toEqual({
        kind: "proxy",
        name: "server.jar",
        commandLine: "java -jar server.jar",
        target: { address: "172.17.0.2", port: 80 },
      });
    });

    test("is named after the first process there when its files are not ours to see", async () => {
      tree.process(20, { comm: "tini", cmdline: "tini\0", namespace });
      tree.process(21, { parent: 20, comm: "java", cmdline: "java\0", namespace });
      expect(await program()).toMatchObject({ name: "tini" });
    });

    test("is named after its target when nothing shows there, and is not followed in a circle", async () => {
      expect(await program()).toMatchObject({ name: "172.17.0.2:80" });
      tree.process(20, { comm: "docker-proxy", cmdline, namespace, sockets: { 4: 500 } });
      expect(await program()).toMatchObject({ name: "172.17.0.2:80" });
    });
  });

  test.each([
    [
      "0::/system.slice/docker-4b825dc642cb6eb9a060e54bf8d69288fbee4904aaaaaaaaaaaaaaaaaaaaaaaa.scope",
      "4b825dc642cb",
    ],
    [
      "12:pids:/docker/4b825dc642cb6eb9a060e54bf8d69288fbee4904aaaaaaaaaaaaaaaaaaaaaaaa",
      "4b825dc642cb",
    ],
    [
      "0::/user.slice/libpod-4b825dc642cb6eb9a060e54bf8d69288fbee4904aaaaaaaaaaaaaaaaaaaaaaaa.scope/container",
      "4b825dc642cb",
    ],
    ["0::/system.slice/docker.service", undefined],
    ["0::/user.slice/user-1000.slice/session-2.scope", undefined],
  ])("%s is container %s", async (cgroup, container) => {
    tree.process(10, { cgroup, sockets: { 4: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    expect((await createSource().scan())[0]?.process?.container).toBe(container);
  });

  test.each([
    ["java", "java\0-jar\0/srv/mc/paper.jar\0nogui\0", { kind: "java", name: "paper.jar" }],
    ["node", "node\0dist/server.js\0", { kind: "node", name: "server.js" }],
    ["python3", "python3\0-m\0http.server\0", { kind: "python", name: "http.server" }],
    ["dotnet", "dotnet\0/srv/TShock.Server.dll\0", { kind: "dotnet", name: "TShock.Server.dll" }],
    [
      "EnshroudedServe",
      "Z:\\srv\\EnshroudedServer.exe\0-log\0",
      { kind: "wine", name: "EnshroudedServer.exe" },
    ],
    ["nginx", "nginx: master process nginx\0", undefined],
  ])("%s is named after the program that it runs", async (comm, cmdline, program) => {
    tree.process(10, { comm, cmdline, sockets: { 4: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    expect((await createSource().scan())[0]?.process?.program).toEqual(program);
  });

  test("leaves out Homeport and what it started", async () => {
    tree.process(10, { sockets: { 6: 100 } });
    tree.process(20, { parent: 10, sockets: { 6: 101 } });
    tree.process(30, { parent: 20, comm: "a) S 1 (b", sockets: { 6: 102 } });
    tree.process(40, { parent: 1, sockets: { 6: 103 } });
    const sockets = [100, 101, 102, 103].map((inode) => ({ local: all80, inode }));
    tree.table("tcp", sockets);
    expect(await owners(createSource(20))).toEqual(["tcp/80 10", "tcp/80 40"]);
  });

  test("a socket nobody visible holds has no owner, and gets one when it shows", async () => {
    tree.table("udp", [{ local: "00000000:CA6C", inode: 100 }]);
    const source = createSource();
    expect(await owners(source)).toEqual(["udp/51820 ?"]);
    tree.process(10, { sockets: { 6: 100 } });
    expect(await owners(source)).toEqual(["udp/51820 10"]);
  });

  test("a process that ends during the scan leaves a server without owner, not an error", async () => {
    tree.process(10, { sockets: { 6: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    await source.scan();
    tree.end(10);
    expect(await owners(source)).toEqual(["tcp/80 ?"]);
  });

  test("a server shows the command line it has after exec", async () => {
    tree.process(10, { comm: "(sshd)", cmdline: "(sshd)\0", sockets: { 3: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    await source.scan();
    tree.process(10, { comm: "sshd", cmdline: "/usr/sbin/sshd\0-D\0", sockets: { 3: 100 } });
    expect((await source.scan())[0]?.process).toEqual({
      pid: 10,
      name: "sshd",
      commandLine: "/usr/sbin/sshd -D",
    });
  });

  test("a process under the number of one that ended is not taken for it", async () => {
    tree.process(10, { comm: "nginx", cmdline: "nginx\0", sockets: { 3: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    for (let scan = 0; scan < 6; scan += 1) await source.scan();
    tree.process(10, { comm: "sshd", cmdline: "sshd\0", sockets: { 3: 101 } });
    tree.table("tcp", [{ local: all80, inode: 101 }]);
    expect((await source.scan())[0]?.process).toMatchObject({ name: "sshd", commandLine: "sshd" });
  });

  test("hostile names and endless command lines stay bounded text", async () => {
    const cmdline = `\u00FF\n\0--name=\u001B]0;x\0${"A".repeat(100_000)}`;
    tree.process(10, { comm: "\u00C3(\n)", cmdline, sockets: { 3: 100 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const [server] = await createSource().scan();
    expect(server?.process?.commandLine.length).toBeLessThanOrEqual(4096);
    expect(`${server?.process?.name}${server?.process?.commandLine}`).not.toMatch(/\p{Cc}/u);
  });

  test("connections end the reading of a table, but listeners after them are found as well", async () => {
    // Other kernels may print in another order: the second read is a full one and sees it.
    const connections = Array.from({ length: 20_000 }, (_, at) => ({
      local: "0100007F:1388",
      inode: 1000 + at,
      state: "01",
    }));
    tree.table("tcp", [...connections, { local: all80, inode: 101 }]);
    const source = createSource();
    await source.scan();
    expect(await owners(source)).toEqual(["tcp/80 ?"]);
    expect(await owners(source)).toEqual(["tcp/80 ?"]);
  });

  test("a server that ended is gone at once, even while its table is too costly to read again", async () => {
    tree.process(10, { sockets: { 6: 100 } });
    tree.process(11, { sockets: { 6: 101 } });
    tree.table("tcp", [
      { local: all80, inode: 100 },
      { local: "00000000:0051", inode: 101 },
    ]);
    // Reading a table seems to take 10 ms, so it is not read again for 0.6 s.
    const source = new LinuxListenerSource({ root: tree.root, now: () => (now += 10) });
    for (let scan = 0; scan < 3; scan += 1) await source.scan();
    expect(await owners(source)).toEqual(["tcp/80 10", "tcp/81 11"]);
    tree.end(10);
    now += 100;
    expect(await owners(source)).toEqual(["tcp/81 11"]);
  });

  test("a listener in another's place is noticed, though the counters and the costly table say nothing", async () => {
    const ports = ["0051", "0052", "0053"];
    const show = (inodes: readonly number[]): void =>
      tree.table(
        "tcp",
        inodes.map((inode, at) => ({ local: `00000000:${ports[at]}`, inode })),
      );
    show([100, 101, 102]);
    // Reading the whole table seems to take 1 ms: at rest it is not read again for 10 s.
    const source = new LinuxListenerSource({ root: tree.root, now: () => (now += 1) });
    for (let scan = 0; scan < 20; scan += 1) await source.scan();
    ports[1] = "0050";
    show([100, 103, 102]);
    now += 1000;
    await source.scan();
    now += 350;
    expect(await owners(source)).toEqual(["tcp/80 ?", "tcp/81 ?", "tcp/83 ?"]);
  });

  test("a server that was started again is noticed at once, though there are many and as many as before", async () => {
    const pids = Array.from({ length: 100 }, (_, at) => 100 + at);
    const show = (inodes: readonly number[]): void =>
      tree.table(
        "tcp",
        inodes.map((inode) => ({
          local: `00000000:${(80 + (inode % 100)).toString(16).padStart(4, "0").toUpperCase()}`,
          inode,
        })),
      );
    for (const pid of pids) tree.process(pid, { sockets: { 3: pid } });
    show(pids);
    // Reading the whole table, and looking at it, seems to take 1 ms: at rest no look for the next second.
    const source = new LinuxListenerSource({ root: tree.root, now: () => (now += 1) });
    for (let scan = 0; scan < 12; scan += 1) {
      now += 50;
      await source.scan();
    }
    tree.end(190);
    tree.process(290, { sockets: { 3: 290 } });
    show(pids.map((pid) => (pid === 190 ? 290 : pid)));
    tree.lastPid(1001);
    await source.scan();
    now += 120;
    const found = await owners(source);
    expect(found).toContain("tcp/170 290");
    expect(found).not.toContain("tcp/170 190");
  });

  test("a table that the counters call empty is not read, and read again when they do not", async () => {
    const source = new LinuxListenerSource({ root: tree.root, now: () => (now += 1) });
    const show = (inUse: number, inode: number): void => {
      tree.write("net/sockstat6", `TCP6: inuse ${inUse}\nUDP6: inuse 0\n`);
      tree.table("tcp6", [{ local: `${"0".repeat(32)}:0050`, inode }]);
    };
    show(1, 100);
    for (let scan = 0; scan < 20; scan += 1) await source.scan();
    expect(await owners(source)).toEqual(["tcp/80 ?"]);
    show(0, 101);
    expect(await owners(source)).toEqual([]);
    show(1, 101);
    now += 100;
    expect(await owners(source)).toEqual(["tcp/80 ?"]);
  });

  test("servers stay the same objects while another comes", async () => {
    tree.process(10, { sockets: { 6: 100, 7: 101 } });
    tree.table("tcp", [{ local: all80, inode: 100 }]);
    const source = createSource();
    const [before] = await source.scan();
    tree.table("tcp", [
      { local: all80, inode: 100 },
      { local: "00000000:0051", inode: 101 },
    ]);
    const servers = await source.scan();
    expect(servers).toHaveLength(2);
    expect(servers[0]).toBe(before);
  });

  test("a long scan lets everything else have its turn", async () => {
    const sockets = Array.from({ length: 100 }, (_, at) => ({ local: all80, inode: 100 + at }));
    for (const { inode } of sockets) tree.process(inode, { sockets: { 6: inode } });
    tree.table("tcp", sockets);
    const source = new LinuxListenerSource({ root: tree.root, now: () => (now += 1) });
    let turns = 0;
    let timer = setImmediate(function turn() {
      turns += 1;
      timer = setImmediate(turn);
    });
    expect(await source.scan()).toHaveLength(100);
    clearImmediate(timer);
    // 100 processes are walked, traced and read, 5 ms at most in one piece.
    expect(turns).toBeGreaterThan(50);
  });

  test("says so when there is no table at all", async () => {
    tree.remove();
    await expect(createSource().scan()).rejects.toThrow("cannot be read");
  });

  test("does not spend more than 5 % of the time on looking for owners", async () => {
    let cost = 0;
    const source = new LinuxListenerSource({
      root: tree.root,
      // Each look at the clock costs: the walk between two of them seems to take 20 ms.
      now: () => (now += cost),
    });
    cost = 20;
    let found = 0;
    for (let inode = 100; inode < 200; inode += 1) {
      tree.table("udp", [{ local: all80, inode }]);
      tree.process(10, { sockets: { 6: inode } });
      now += 50;
      found += (await source.scan()).length;
    }
    expect(found).toBeGreaterThan(5);
    expect(found).toBeLessThan(50);
  });
});
