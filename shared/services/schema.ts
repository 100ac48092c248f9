/** Form of a catalogue entry: what is known of one kind of server. docs/services.md says how to add one. */
import { z } from "zod";
import { type WarningName, warningNames, warningText } from "./warnings.ts";

/** A file's name alone, as it lies in the server's working directory. */
const fileName = z.string().regex(/^[\w.-]{1,64}$/);
const pattern = z.instanceof(RegExp).refine(({ flags }) => !/[gy]/.test(flags), {
  error: "a pattern with flag g or y remembers where it was",
});
const sentence = z
  .string()
  .regex(/^[\p{Lu}\d“].*[.!]$/u, "a sentence: capital letter to full stop");
const role = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/);

/** One way to know the service by its program. Every part that is given must hold. */
const clueSchema = z
  .strictObject({
    /** Names of the program's file, without `.exe` or `.dll`; case does not count. */
    process: z.array(z.string().min(1).max(64)).min(1).optional(),
    /** The interpreter that runs it; process names are then those of scripts and archives. */
    runtime: z.enum(["java", "node", "python", "dotnet", "php"]).optional(),
    /** The script, archive or main class that an interpreter runs. */
    program: pattern.optional(),
    /** The whole command line, arguments separated by one space. */
    commandLine: pattern.optional(),
    /** Path of the program's file, or its working directory. */
    path: pattern.optional(),
    /** A file that lies in the working directory. */
    file: fileName.optional(),
    /** Only on one of the service's default ports: for programs that do many things. */
    onDefaultPort: z.literal(true).optional(),
    /** The name is one that others may use as well; alone it never gives high confidence. */
    weak: z.literal(true).optional(),
  })
  .refine((clue) => clue.process ?? clue.program ?? clue.commandLine ?? clue.path ?? clue.file, {
    error: "a clue names something of the program; ports alone are judged apart",
  });

const portSchema = z
  .strictObject({
    role,
    /** Default number; null where the program takes any. */
    port: z.int().min(1).max(65_535).nullable(),
    transport: z.enum(["tcp", "udp"]),
    /** For play from outside: must be open, may be open, must stay closed. */
    need: z.enum(["required", "optional", "never"]),
    /** Its number is always the first port's plus this; the block keeps its shape outside. */
    offset: z.int().min(1).max(1000).optional(),
    warnings: z.array(z.enum(warningNames)).min(1).optional(),
  })
  .refine(({ port, need }) => port !== null || need !== "never", {
    error: "a port that must stay closed has a number",
  });

/** Where the running program says which number a role has. The pattern's first group is the number. */
const toldSchema = z.strictObject({
  role,
  /** A file in the working directory; absent for the command line. */
  file: fileName.optional(),
  pattern,
});

/** Those that gamedig speaks, under its names, and that ask the server itself: no list elsewhere, no password. */
export const gamedigProtocols = [
  "quake3",
  "samp",
  "ase",
  "gamespy1",
  "unreal2",
  "satisfactory",
  "fivem",
  "openttd",
  "assettocorsa",
  "eco",
] as const;
export type GamedigProtocol = (typeof gamedigProtocols)[number];

const askProtocols = [
  ...gamedigProtocols,
  "minecraft-java",
  "minecraft-bedrock",
  "a2s",
  "mumble",
  "http",
  "rtsp",
  "banner",
  "teamspeak3",
] as const;

export const serviceSchema = z
  .strictObject({
    /** Stable: settings and scripts remember it. */
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/),
    /** As people call it. */
    name: z.string().min(2).max(60),
    category: z.enum([
      "game",
      "voice",
      "media",
      "web",
      "file-exchange",
      "vpn",
      "database",
      "administration",
      "development",
      "system",
    ]),
    /** Any of these makes it known. */
    clues: z.array(clueSchema).default([]),
    /** Services in whose process it lives (a plugin): then its port tells it apart. */
    inside: z.array(z.string()).min(1).optional(),
    /** The first is the one that counts: its number names the service, offsets count from it. */
    ports: z.array(portSchema).min(1),
    told: z.array(toldSchema).default([]),
    /** SRV owner label (RFC 2782) that its client programs look up, e.g. `_minecraft._tcp`. */
    srv: z
      .string()
      .regex(/^_[a-z0-9-]+\._(tcp|udp)$/)
      .optional(),
    /** False where client programs take addresses only, so that a name is no help. */
    hostNames: z.literal(false).optional(),
    /** Link that joins: `{host}`, `{port}` (of the first port), `{port:role}`, `{name}`. */
    joinUrl: z
      .string()
      .regex(/^[a-z][a-z0-9+.-]*:\/\/\S+$/)
      .optional(),
    /**
     * Must the external port number equal the internal one? `listing`: joining by address works without,
     * but public lists announce the internal number.
     */
    sameExternalPort: z.enum(["free", "listing", "required", "unknown"]),
    /** How friends can join without any open port. */
    relay: sentence.optional(),
    /** How to ask the running server itself, and on the port of which role (the first when absent). */
    ask: z
      .strictObject({
        protocol: z.enum(askProtocols),
        role: role.optional(),
        /** The game's number at Steam, which an A2S answer tells. */
        steamApp: z.int().positive().optional(),
      })
      .optional(),
    /** Dangers of the whole service, whatever the port. */
    warnings: z.array(z.enum(warningNames)).min(1).optional(),
    /** What its host should know before exposing it. */
    hints: z.array(sentence).default([]),
  })
  .refine(({ clues, inside, ports }) => clues.length > 0 || inside || ports[0]?.port, {
    error: "nothing tells it",
  })
  .superRefine(({ ports, told, ask, joinUrl, warnings }, context) => {
    const complain = (message: string): void => context.addIssue({ code: "custom", message });
    const roles = ports.map((port) => port.role);
    if (new Set(roles).size < roles.length) complain("two ports with one role");
    const numbers = ports.flatMap(({ port, transport }) => (port ? [`${transport}/${port}`] : []));
    if (new Set(numbers).size < numbers.length) complain("one port twice");
    const [first] = ports;
    for (const { role, port, offset, need, warnings: own = [] } of ports) {
      if (need === "never" && ![...own, ...(warnings ?? [])].some(isRefusal)) {
        complain(`${role}: a port that must stay closed says why, by a warning of level refuse`);
      }
      if (offset !== undefined && port !== (first?.port ?? 0) + offset) {
        complain(`${role}: the number is not the first port's plus its offset`);
      }
    }
    const used = [
      ...told.map(({ role }) => role),
      ...(ask?.role ? [ask.role] : []),
      ...[...(joinUrl ?? "").matchAll(/\{port:([^}]*)\}/g)].map(([, name]) => name ?? ""),
    ];
    for (const name of used) if (!roles.includes(name)) complain(`no port has the role ${name}`);
    const unknown = (joinUrl ?? "").replaceAll(/\{(host|port|port:[^}]*|name)\}/g, "");
    if (/[{}]/.test(unknown)) complain("joinUrl has a placeholder that nothing fills");
  });

function isRefusal(name: WarningName): boolean {
  return warningText(name).level === "refuse";
}

/** As written in the catalogue. */
export type ServiceEntry = z.input<typeof serviceSchema>;
export type Service = z.output<typeof serviceSchema>;
export type ServicePort = Service["ports"][number];
export type Clue = Service["clues"][number];
export type AskProtocol = (typeof askProtocols)[number];
