/** What must not be reachable from outside: by the command line it runs with, with the reason and a safer way. */
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import type { Service, ServicePort } from "../../../shared/services/schema.ts";
import { type WarningName, warningText } from "../../../shared/services/warnings.ts";
import type { RecognisedServer, Server } from "../../../shared/snapshot.ts";
import { portNeeds } from "./port-needs.ts";
import { recognise } from "./recognise.ts";
import { refusalToExpose } from "./safety.ts";
import { type ProcessParts, processOf, serverOn } from "../../../test/fixtures/servers.ts";
import { composeServer } from "./shown-server.ts";

function shown(server: Server, servers: readonly Server[] = [server]): RecognisedServer {
  const recognition = recognise(server, servers, catalogue);
  return composeServer(server, recognition, {
    answer: null,
    words: null,
    announced: null,
    world: null,
  });
}

const portOf = ({ transport, port }: Server) => ({ transport, internalPort: port });

const java = (rest: string): string => `/usr/bin/java ${rest}`;
const debugged = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005";

type Row = [
  commandLine: string,
  socket: string,
  id: string,
  warning: WarningName,
  parts?: ProcessParts,
];

const databases: readonly Row[] = [
  ["/usr/sbin/mariadbd", "tcp/3306", "mysql", "database"],
  ["/usr/lib/postgresql/15/bin/postgres -D x", "tcp/5432", "postgres", "database"],
  ["/usr/bin/mongod", "tcp/27017", "mongodb", "database"],
  [
    "redis-server *:6380",
    "tcp/6380",
    "redis",
    "database",
    // As Debian packages it.
    { executable: "/usr/bin/redis-check-rdb" },
  ],
  ["/usr/bin/valkey-server 127.0.0.1:6379", "tcp/6379", "redis", "database"],
  ["/opt/mssql/bin/sqlservr", "tcp/1433", "sql-server", "database"],
  ["/usr/bin/memcached", "udp/11211", "memcached", "database"],
  [java("-cp x org.elasticsearch.server.Main"), "tcp/9200", "elasticsearch", "database"],
  ["/usr/bin/influxd", "tcp/8086", "influxdb", "database"],
  ["/opt/couchdb/bin/beam.smp -- -root /opt/couchdb", "tcp/5984", "couchdb", "database"],
  ["/usr/bin/clickhouse server", "tcp/9000", "clickhouse", "database"],
  [java("org.apache.cassandra.service.CassandraDaemon"), "tcp/9042", "cassandra", "database"],
  ["/usr/bin/cockroach start-single-node", "tcp/26257", "cockroach", "database"],
  [java("-cp x org.neo4j.server.Neo4jCommunity"), "tcp/7687", "neo4j", "database"],
  ["/opt/oracle/bin/tnslsnr LISTENER", "tcp/1521", "oracle", "database"],
  ["/usr/sbin/firebird", "tcp/3050", "firebird", "database"],
  ["/usr/sbin/slapd -h ldap:///", "tcp/389", "ldap", "database"],
  ["/usr/bin/etcd", "tcp/2379", "etcd", "database"],
];

const files: readonly Row[] = [
  ["/usr/sbin/smbd", "tcp/445", "smb", "file-sharing"],
  ["System", "tcp/139", "smb", "file-sharing"],
  ["/sbin/rpcbind -w", "tcp/111", "nfs", "file-sharing"],
  ["/usr/bin/rsync --daemon", "tcp/873", "rsync", "file-sharing"],
  ["/usr/sbin/in.tftpd --listen", "udp/69", "tftp", "file-sharing"],
  ["/usr/sbin/vsftpd", "tcp/21", "ftp", "readable-passwords"],
];

const screens: readonly Row[] = [
  ["/usr/sbin/xrdp", "tcp/3389", "rdp", "remote-desktop"],
  [String.raw`C:\Windows\System32\svchost.exe -k x`, "udp/3389", "rdp", "remote-desktop"],
  ["/usr/libexec/gnome-remote-desktop-daemon", "tcp/3389", "rdp", "remote-desktop"],
  ["/usr/bin/Xtigervnc :1", "tcp/5901", "vnc", "remote-desktop"],
  ["/usr/bin/x11vnc", "tcp/5900", "vnc", "remote-desktop"],
  ["/usr/bin/qemu-system-x86_64 -vnc :0", "tcp/5900", "vnc", "remote-desktop"],
  ["/usr/bin/anydesk --service", "tcp/7070", "remote-support", "remote-desktop"],
  ["/usr/sbin/in.telnetd", "tcp/23", "telnet", "readable-passwords"],
  ["/bin/busybox telnetd -F", "tcp/23", "telnet", "readable-passwords"],
];

const commands: readonly Row[] = [
  ["/usr/bin/dockerd", "tcp/2375", "docker-api", "code-execution"],
  ["/usr/bin/podman system service tcp:0.0.0.0:9999", "tcp/9999", "docker-api", "code-execution"],
  ["/usr/bin/kubelet", "tcp/10250", "kubernetes", "code-execution"],
  ["/usr/sbin/libvirtd --listen", "tcp/16509", "libvirt", "code-execution"],
  ["/usr/bin/ttyd bash", "tcp/7681", "web-terminal", "code-execution"],
  ["/usr/bin/code-server", "tcp/8080", "code-server", "code-execution"],
  ["python3 -m jupyterlab", "tcp/8888", "jupyter", "code-execution"],
  ["node /usr/bin/node-red", "tcp/1880", "node-red", "code-execution"],
  ["node /usr/lib/node_modules/n8n/bin/n8n", "tcp/5678", "n8n", "code-execution"],
  [java("-jar /usr/share/jenkins.war"), "tcp/8080", "jenkins", "code-execution"],
  ["node --inspect=0.0.0.0 app.js", "tcp/9229", "debugger", "code-execution"],
  [java(`${debugged} -jar app.jar`), "tcp/5005", "debugger", "code-execution"],
  ["python3 -m debugpy --listen 0.0.0.0:5678 a.py", "tcp/5678", "debugger", "code-execution"],
  ["/opt/chrome/chrome --remote-debugging-port=9222", "tcp/9222", "debugger", "code-execution"],
  ["/usr/bin/adb -L tcp:5037 fork-server server", "tcp/5037", "adb", "code-execution"],
  ["/usr/bin/distccd --daemon", "tcp/3632", "distcc", "code-execution"],
  ["/usr/bin/consul agent -dev", "tcp/8500", "hashicorp", "control-interface"],
  ["/usr/sbin/mosquitto", "tcp/1883", "mqtt", "control-interface"],
  ["/usr/bin/nats-server", "tcp/4222", "nats", "control-interface"],
  [java("-cp x kafka.Kafka server.properties"), "tcp/9092", "kafka", "control-interface"],
  ["/usr/lib/erlang/bin/beam.smp -s rabbit boot", "tcp/5672", "rabbitmq", "control-interface"],
  ["/usr/bin/ollama serve", "tcp/11434", "ollama", "control-interface"],
  ["System", "tcp/5985", "windows-rpc", "control-interface"],
  ["python3 /opt/octoprint serve", "tcp/5000", "octoprint", "control-interface"],
];

const panels: readonly Row[] = [
  ["/opt/amp/AMP_Linux_x86_64", "tcp/8080", "panels", "admin-panel"],
  ["/usr/local/bin/wings", "tcp/8080", "panels", "admin-panel"],
  ["node app.js", "tcp/24444", "panels", "admin-panel", { directory: "/opt/mcsmanager/daemon" }],
  ["python3 main.py -d", "tcp/8443", "panels", "admin-panel", { directory: "/opt/crafty" }],
  ["/usr/bin/perl /usr/share/webmin/miniserv.pl", "tcp/10000", "webmin", "admin-panel"],
  ["/usr/lib/cockpit/cockpit-tls", "tcp/9090", "cockpit", "admin-panel"],
  ["/usr/bin/portainer", "tcp/9443", "portainer", "admin-panel"],
  ["/opt/Sonarr/Sonarr", "tcp/8989", "media-collection", "admin-panel"],
  ["/usr/bin/netdata", "tcp/19999", "monitoring", "no-login"],
  ["python3 main.py", "tcp/8188", "local-ai", "no-login", { directory: "/home/u/ComfyUI" }],
  ["/usr/sbin/squid -N", "tcp/3128", "proxy", "open-proxy"],
  ["node /home/u/app/node_modules/.bin/vite", "tcp/5173", "dev-server", "development-server"],
  ["php artisan serve", "tcp/8000", "dev-server", "development-server"],
];

const discovery: readonly Row[] = [
  ["/usr/sbin/dnsmasq", "udp/53", "dns", "local-network-only"],
  ["/usr/sbin/snmpd", "udp/161", "snmp", "local-network-only"],
  ["/usr/sbin/chronyd", "udp/123", "time", "local-network-only"],
  ["/usr/sbin/avahi-daemon", "udp/5353", "mdns", "local-network-only"],
  ["/usr/sbin/cupsd", "tcp/631", "printing", "local-network-only"],
];

describe.each([
  ["databases", databases],
  ["files", files],
  ["screens and terminals", screens],
  ["what runs commands", commands],
  ["panels, and what has no login", panels],
  ["discovery", discovery],
] as const)("%s", (_what, rows) => {
  test.each<Row>([...rows])("%s on %s is %s: %s", (commandLine, socket, id, warning, parts) => {
    const server = serverOn(socket, processOf(commandLine, parts));
    const seen = shown(server);
    expect(seen.service?.id).toBe(id);
    expect(seen.warnings).toContain(warning);
    const refusal = refusalToExpose([seen], [portOf(server)]);
    const { reason, saferWay } = warningText(warning);
    expect(refusal).toMatchObject({ code: "unsafe", warnings: expect.arrayContaining([warning]) });
    expect(refusal?.message).toBe(`${seen.title}: ${reason} ${saferWay}`);
  });
});

describe("one number, two transports", () => {
  const shared = catalogue.flatMap((service) =>
    service.ports.flatMap((play) => {
      const admin = service.ports.find(
        (one) => one.need === "never" && one.port === play.port && one.transport !== play.transport,
      );
      return play.need === "required" && admin ? [[service.id, service, play, admin] as const] : [];
    }),
  );

  test("there are such games", () => expect(shared.length).toBeGreaterThanOrEqual(7));

  test.each(shared)(
    "%s: its console is refused and its game is not",
    (_id, service, play, admin) => {
      const process = processOf(commandLineOf(service));
      const sockets = [play, admin].map(({ transport, port }) =>
        serverOn(`${transport}/${port}`, process),
      );
      const [game, console] = sockets.map((one) => asIf(service, one, sockets));
      if (game === undefined || console === undefined) throw new Error("no sockets");
      expect([game.service?.role, console.service?.role]).toEqual([play.role, admin.role]);
      expect(refusalToExpose([game, console], [portOf(game)])).toBeNull();
      expect(refusalToExpose([game, console], [portOf(console)])?.code).toBe("unsafe");
      const { block } = portNeeds([game, console], portOf(game));
      expect(block.some((one) => isSame(one, admin))).toBe(false);
    },
  );

  /** Recognised by the user's word, so that each entry is tried whatever its clues. */
  function asIf(service: Service, server: Server, servers: readonly Server[]): RecognisedServer {
    const recognition = recognise(server, servers, catalogue, { correction: service.id });
    const told = { answer: null, words: null, announced: null, world: null };
    return composeServer(server, recognition, told);
  }

  function commandLineOf({ clues }: Service): string {
    return clues.flatMap(({ process = [] }) => process)[0] ?? "own";
  }

  function isSame(
    one: { readonly transport: string; readonly internalPort: number },
    { transport, port }: ServicePort,
  ): boolean {
    return one.transport === transport && one.internalPort === port;
  }
});
