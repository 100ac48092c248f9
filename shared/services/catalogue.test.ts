import { describe, expect, test } from "vitest";
import { catalogue, findService } from "./catalogue.ts";
import { type ServiceEntry, serviceSchema } from "./schema.ts";
import { warningNames, warningText } from "./warnings.ts";

const valid: ServiceEntry = {
  id: "example",
  name: "Example",
  category: "game",
  clues: [{ process: ["example_server"] }],
  ports: [
    { role: "game", port: 7000, transport: "udp", need: "required" },
    { role: "query", port: 7001, transport: "udp", need: "required", offset: 1 },
    { role: "rcon", port: 7000, transport: "tcp", need: "never", warnings: ["remote-console"] },
  ],
  told: [{ role: "game", pattern: /-port (\d+)/ }],
  joinUrl: "example://{host}:{port:query}",
  sameExternalPort: "free",
  ask: { protocol: "a2s", role: "query" },
};

describe("the form of an entry", () => {
  test("takes a whole one and fills in what is left out", () => {
    expect(serviceSchema.parse(valid)).toMatchObject({ id: "example", hints: [] });
  });

  const [game, query, rcon] = valid.ports;
  test.each<[string, object, RegExp]>([
    ["an id with capitals", { id: "Example" }, /id/],
    ["a port that does not exist", { ports: [{ ...game, port: 65_536 }] }, /65535/],
    ["the same port twice", { ports: [game, { ...game, role: "other" }] }, /one port twice/],
    [
      "a port both required and never",
      { ports: [game, { ...game, role: "rcon", need: "never", warnings: ["remote-console"] }] },
      /one port twice/,
    ],
    ["two ports with one role", { ports: [game, { ...query, role: "game" }] }, /one role/],
    ["an offset that is not one", { ports: [game, { ...query, offset: 2 }] }, /offset/],
    ["never without a reason", { ports: [game, { ...rcon, warnings: undefined }] }, /says why/],
    [
      "never for a mere note",
      { ports: [game, { ...rcon, warnings: ["maps-itself"] }] },
      /says why/,
    ],
    ["a warning nobody knows", { warnings: ["danger"] }, /warnings/],
    ["a role that no port has", { ask: { protocol: "a2s", role: "steam" } }, /steam/],
    ["told of a role that no port has", { told: [{ role: "x", pattern: /\d/ }] }, /role x/],
    ["a link with an unknown place", { joinUrl: "example://{ip}" }, /placeholder/],
    ["a link to a role that no port has", { joinUrl: "example://{port:web}" }, /web/],
    ["nothing that tells it", { clues: [], ports: [{ ...game, port: null }] }, /nothing tells/],
    ["a clue of a port alone", { clues: [{ onDefaultPort: true }] }, /ports alone/],
    ["a pattern that remembers", { clues: [{ commandLine: /x/g }] }, /flag g/],
    ["a hint that is no sentence", { hints: ["tcp only"] }, /sentence/],
    ["a field that does not exist", { port: 7000 }, /port/],
  ])("refuses %s", (_what, change, complaint) => {
    const { success, error } = serviceSchema.safeParse({ ...valid, ...change });
    expect(success).toBe(false);
    expect(error?.message).toMatch(complaint);
  });
});

describe("the catalogue", () => {
  test("knows each id once, and finds by it", () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(144);
    for (const service of catalogue) expect(findService(service.id)).toBe(service);
    expect(findService("no-such-service")).toBeNull();
  });

  test.each(catalogue.map((service) => [service.id, service] as const))(
    "%s has the form of an entry, and is what the form makes of it",
    (_id, service) => {
      expect(serviceSchema.parse(service)).toEqual(service);
    },
  );

  test("calls no two services the same", () => {
    const names = catalogue.map(({ name }) => name.toLowerCase());
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test.each(catalogue.map((service) => [service.id, service] as const))(
    "%s points to services that exist and can be found",
    (_id, service) => {
      for (const id of service.inside ?? []) expect(findService(id)).not.toBeNull();
      const needNumber = service.clues.some(({ onDefaultPort }) => onDefaultPort);
      const hasNumber = service.ports.some(({ port }) => port !== null);
      expect(hasNumber || !needNumber).toBe(true);
    },
  );

  test.each(catalogue.map((service) => [service.id, service] as const))(
    "%s has patterns whose time does not explode on a hostile command line",
    (_id, { clues, told }) => {
      const patterns = [
        ...clues.flatMap(({ program, commandLine, path }) => [program, commandLine, path]),
        ...told.map(({ pattern }) => pattern),
      ].flatMap((pattern) => pattern ?? []);
      for (const { source } of patterns) {
        expect(source, "a repetition within a repetition").not.toMatch(/[+*}]\)[+*{]/);
        const open = source.match(/(?<!\\)(\.|\\S|\[\^)[^)|]{0,12}?[+*]/g) ?? [];
        expect(open.length, "more than one repetition of anything").toBeLessThanOrEqual(1);
      }
    },
  );

  test("refuses what must never be reachable from outside", () => {
    const refused = catalogue.filter(({ warnings }) =>
      warnings?.some((name) => warningText(name).level === "refuse"),
    );
    const ids = refused.map(({ id }) => id);
    const expected = [
      "mysql postgres mongodb redis sql-server memcached elasticsearch",
      "smb nfs rdp vnc telnet ftp docker-api panels jupyter",
    ].flatMap((line) => line.split(" "));
    const closed = catalogue.filter(({ category }) => ["database", "system"].includes(category));
    for (const id of [...expected, ...closed.map(({ id }) => id)]) expect(ids).toContain(id);
  });

  test("keeps every remote console closed", () => {
    const consoles = catalogue.flatMap(({ ports }) => ports.filter(({ role }) => role === "rcon"));
    expect(consoles.length).toBeGreaterThan(20);
    for (const { need } of consoles) expect(need).toBe("never");
  });

  test("separates play and console that share a number", () => {
    const ports = findService("cs2")?.ports;
    expect(ports?.map(({ transport, port, need }) => [transport, port, need])).toEqual([
      ["udp", 27015, "required"],
      ["tcp", 27015, "never"],
    ]);
  });
});

test("each warning says why and what instead", () => {
  for (const name of warningNames) {
    const { reason, saferWay } = warningText(name);
    expect(reason).toMatch(/^\p{Lu}.*\.$/u);
    expect(saferWay).toMatch(/^\p{Lu}.*\.$/u);
  }
});
