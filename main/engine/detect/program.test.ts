import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identifyProgram, splitCommandLine } from "./program.ts";

describe("identifyProgram", () => {
  test.each([
    ["java", "java -Xmx4G -jar /srv/mc/paper-1.21.jar nogui", "java", "paper-1.21.jar"],
    [
      "java",
      "java -cp a.jar:b.jar -Dx=y com.velocitypowered.proxy.Velocity",
      "java",
      "com.velocitypowered.proxy.Velocity",
    ],
    ["javaw.exe", String.raw`"C:\Java\bin\javaw.exe" -jar C:\mc\server.jar`, "java", "server.jar"],
    ["java", "java -p mods -m app/com.example.Main", "java", "com.example.Main"],
    ["java", "java -Xmx1G @user_jvm_args.txt -jar paper.jar nogui", "java", "paper.jar"],
    ["node", "node --watch-path src server.js", "node", "server.js"],
    ["python3", "python3 -mhttp.server 8000", "python", "http.server"],
    ["python3", "python3 -um http.server", "python", "http.server"],
    ["python3.13t", "python3.13t -Bmflask run", "python", "flask"],
    ["node", "node --inspect -r dotenv/config dist/server.js --port 80", "node", "server.js"],
    ["bun", "bun run app.ts", "node", "app.ts"],
    ["node", "/usr/bin/node --env-file .env app.mjs", "node", "app.mjs"],
    ["python3", "python3 -m http.server 8000", "python", "http.server"],
    ["python3.13", "python3.13 -u -W ignore /srv/app.py", "python", "app.py"],
    ["gunicorn", "/usr/bin/python3 /usr/bin/gunicorn app:app", "python", "gunicorn"],
    [
      "dotnet",
      "dotnet exec --depsfile x.json /srv/TShock.Server.dll -port 7777",
      "dotnet",
      "TShock.Server.dll",
    ],
    ["mono-sgen", "mono TerrariaServer.exe -world w", "dotnet", "TerrariaServer.exe"],
    ["wine64-preloader", "/usr/bin/wine64 ./EnshroudedServer.exe", "wine", "EnshroudedServer.exe"],
    [
      "EnshroudedServer.exe",
      String.raw`Z:\srv\EnshroudedServer.exe -log`,
      "wine",
      "EnshroudedServer.exe",
    ],
    ["wslrelay.exe", "wslrelay.exe --mode 2", "wsl", "WSL"],
    ["wslhost.exe", "wslhost.exe --distro-id {0}", "wsl", "WSL"],
    ["com.docker.backend", "com.docker.backend services", "container", "Docker Desktop"],
    ["vpnkit", "vpnkit --ethernet fd:3", "container", "Docker Desktop"],
    ["gvproxy", "gvproxy -mtu 1500 -listen-qemu unix:///tmp/q.sock", "container", "Podman machine"],
    ["rootlessport", "rootlessport", "container", "rootless container"],
    ["podman", "containers-rootlessport", "container", "rootless container"],
    ["passt.avx2", "pasta --config-net -t 8080:80 --netns n", "container", "rootless container"],
    ["slirp4netns", "slirp4netns --mtu 65520 -r 3 tap0", "container", "rootless container"],
    ["rootlesskit", "rootlesskit --net=slirp4netns dockerd", "container", "rootless container"],
    [
      "qemu-system-x86_64",
      "qemu-system-x86_64 -netdev user,id=n,hostfwd=tcp::5432-:5432",
      "container",
      "virtual machine",
    ],
    ["ssh", "ssh -N -L 0.0.0.0:5432:db:5432 host", "proxy", "SSH tunnel"],
    ["sshd", "sshd: ann@pts/0", "proxy", "SSH tunnel"],
    ["sshd-session", "sshd-session: ann [priv]", "proxy", "SSH tunnel"],
    ["kubectl", "kubectl -n x port-forward svc/db 5432", "proxy", "Kubernetes port-forward"],
    ["socat", "socat TCP-LISTEN:80,fork TCP:db.example:5432", "proxy", "port forwarding"],
    ["svchost.exe", "svchost.exe -k NetSvcs -p -s iphlpsvc", "proxy", "port forwarding"],
  ])("%s: %s", (name, commandLine, kind, program) => {
    expect(identifyProgram(name, splitCommandLine(commandLine), !name.startsWith("javaw"))).toEqual(
      { kind, name: program },
    );
  });

  test.each([
    [
      "docker-proxy",
      "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80",
      "172.17.0.2",
      80,
    ],
    ["docker-proxy", "docker-proxy -container-ip fd00::2 -container-port 53", "fd00::2", 53],
    ["socat", "socat TCP-LISTEN:8080,fork,reuseaddr TCP:10.0.0.2:80,nodelay", "10.0.0.2", 80],
    ["socat", "socat UDP6-LISTEN:53 UDP6:[fd00::2]:53", "fd00::2", 53],
    [
      "systemd-socket-proxyd",
      "/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:81",
      "127.0.0.1",
      81,
    ],
  ])("%s: %s", (name, commandLine, address, port) => {
    const program = identifyProgram(name, splitCommandLine(commandLine));
    expect(program).toMatchObject({ kind: "proxy", target: { address, port } });
  });

  test.each([
    ["nginx", "nginx: master process nginx"],
    ["java", "java @user_jvm_args.txt @libraries/unix_args.txt nogui"],
    ["node", "node -e require('http')"],
    ["node", "node"],
    ["python3", "python3 -c pass"],
    ["python3", "python3 -Bc pass"],
    ["dotnet", "dotnet run"],
    ["javascriptd", "javascriptd -jar x.jar"],
    ["docker-proxy", "docker-proxy -container-ip nowhere -container-port 80"],
    ["docker-proxy", "docker-proxy -container-ip 1.2.3.4 -container-port 0"],
    ["socat", "socat TCP-LISTEN:80 EXEC:cat"],
    ["sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"],
    ["sshd", "/usr/sbin/sshd -D"],
    ["qemu-system-x86_64", "qemu-system-x86_64 -vnc :0"],
    ["svchost.exe", "svchost.exe -k NetworkService -p -s TermService"],
  ])("%s is itself: %s", (name, commandLine) => {
    expect(identifyProgram(name, splitCommandLine(commandLine))).toBeNull();
  });

  test("sees through a title that took the place of the arguments", () => {
    expect(identifyProgram("node", ["node /srv/app/server.js"])).toEqual({
      kind: "node",
      name: "server.js",
    });
    expect(identifyProgram("node", ["PM2 v5.3.0: God Daemon (/root/.pm2)"])).toBeNull();
    expect(identifyProgram("node", ["/opt/my node/node"])).toBeNull();
  });

  test("knows wine by its loader, where the program was started by a relative path", () => {
    const loader = "/usr/bin/wine64-preloader";
    expect(identifyProgram("Game.exe", ["./Game.exe", "-log"], true, loader)).toEqual({
      kind: "wine",
      name: "Game.exe",
    });
    expect(identifyProgram("Game.exe", ["./Game.exe"], true, "/srv/Game.exe")).toBeNull();
  });

  test("never throws, and ends soon", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("-jar", "-m", "-e", "TCP:1.2.3.4:5", "\\.exe"),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("java", "node", "python", "socat", "docker-proxy", "wine", "constructor"),
        fc.array(piece),
        (name, args) => {
          const program = identifyProgram(name, args);
          expect(program === null || typeof program.kind === "string").toBe(true);
        },
      ),
    );
  });
});
