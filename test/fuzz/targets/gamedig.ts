/** What servers of games answer, read by gamedig within our limits. */
import type { UdpSocket } from "../../../main/engine/environment.ts";
import type { AskOutcome } from "../../../main/engine/recognise/ask/exchange.ts";
import { askGamedig } from "../../../main/engine/recognise/ask/gamedig/ask-gamedig.ts";
import { type GamedigProtocol, gamedigProtocols } from "../../../shared/services/schema.ts";
import { SeededRandom } from "../../fixtures/seeded-random.ts";
import { SimulatedClock } from "../../fixtures/simulated-clock.ts";
import type { Target } from "../target.ts";
import { claim, claimShowable } from "./claims.ts";
import { fromHex } from "./text.ts";

const to = { address: "127.0.0.1", port: 27_015 };

/** A server that answers its questions with `answers` in order, and all further ones with the last. */
async function outcomeOf(
  protocol: GamedigProtocol,
  answers: readonly Uint8Array[],
): Promise<AskOutcome | undefined> {
  const clock = new SimulatedClock();
  let outcome: AskOutcome | undefined;
  let asks = 0;
  const next = (): Uint8Array => answers[asks++] ?? answers.at(-1) ?? new Uint8Array();
  const connectUdp = async (): Promise<UdpSocket> => {
    const hears: Parameters<UdpSocket["onMessage"]>[0][] = [];
    return {
      local: to,
      send: () =>
        queueMicrotask(() => {
          const datagram = next();
          for (const hear of hears) hear(datagram, to);
        }),
      onMessage: (listener) => void hears.push(listener),
      onError: () => undefined,
      close: () => void hears.splice(0),
    };
  };
  const asked = askGamedig(protocol, to, {
    clock,
    random: new SeededRandom(1),
    network: { connectUdp },
    exchangeTcp: ({ isEnough }) => {
      const bytes = next();
      return Promise.resolve({ kind: "bytes", bytes, end: isEnough(bytes) ? "enough" : "closed" });
    },
  });
  void asked.then((value) => (outcome = value));
  await clock.advance(5000);
  claim(clock.pending === 0, "no timer is left");
  return outcome;
}

// The library comes with the first question, which no simulated clock waits for.
await import("gamedig");

function claimOutcome(outcome: AskOutcome | undefined): void {
  claim(outcome !== undefined, "it ends within seconds");
  if (outcome.kind !== "answer") return;
  const { name, version, players, maxPlayers, icon } = outcome.answer;
  claimShowable(name, 120);
  claimShowable(version, 120);
  for (const count of [players, maxPlayers]) {
    claim(count === null || (Number.isSafeInteger(count) && count >= 0), "a count is a count");
  }
  claim((icon?.length ?? 0) <= 200_000, "an icon is small");
}

/** The answers that stand behind each other in `input`, each with its length in two bytes. */
function answersIn(input: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < input.length && found.length < 4;) {
    const length = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
    found.push(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

function joined(...answers: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    answers.flatMap((each) => [Uint8Array.of(each.length >> 8, each.length & 0xff), each]),
  );
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

const page = (content: unknown): Uint8Array =>
  latin1(`HTTP/1.1 200 OK\r\n\r\n${JSON.stringify(content)}`);

/** What each answers, as its protocol is documented. */
const wellAnswered: Readonly<Record<GamedigProtocol, readonly Uint8Array[]>> = {
  quake3: [
    latin1(
      '\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\^1Arena\\sv_maxclients\\16\n5 20 "Ann"\n',
    ),
  ],
  samp: [
    fromHex("53414d50 7f000001 8769 69 00 0300 3200 03000000 466f6f 03000000 426172 02000000 656e"),
    fromHex("53414d50 7f000001 8769 72 0100 07 76657273696f6e 03 302e33"),
  ],
  ase: [latin1("EYE1\x04mta\x0622003\x0bDrift city\x05race\x03LV\x041.6\x020\x024\x0364\x01")],
  gamespy1: [
    latin1(
      "\\gamename\\ut\\hostname\\Facing Worlds\\numplayers\\1\\maxplayers\\12\\player_0\\Ann\\queryid\\7.1\\final\\",
    ),
  ],
  unreal2: [
    Buffer.concat([
      fromHex("8000000000 01000000 0a"),
      latin1("127.0.0.1\0"),
      fromHex("1b1e0000 1c1e0000 09"),
      latin1("The farm\0"),
      fromHex("08"),
      latin1("KF-Farm\0"),
      fromHex("0b"),
      latin1("KFGameType\0"),
      fromHex("02000000 06000000"),
    ]),
    fromHex("8000000001"),
    fromHex("8000000002"),
  ],
  satisfactory: [
    Buffer.concat([
      fromHex("d5f60101 0505050505050505 03 ffe00500 0000000000000000 00 0c00"),
      latin1("Grass fields"),
      fromHex("01"),
    ]),
  ],
  fivem: [
    latin1("\xff\xff\xff\xffinfoResponse\n\\sv_maxclients\\48\\clients\\7\\hostname\\Los Santos"),
    page({ version: 1, icon: "iVBORw0KGgo=" }),
    page([{ name: "Ann" }]),
  ],
  openttd: [
    fromHex(
      "2c00060600000000000000b8060b00b8060b000f020a547261696e730031332e300000190301000100010001",
    ),
  ],
  assettocorsa: [
    page({ name: "Sunday cup", clients: 3, maxclients: 18, track: "spa", poweredBy: "x 1.2" }),
    page({ Cars: [] }),
  ],
  eco: [
    page({ Info: { Description: "Green", OnlinePlayers: 1, TotalPlayers: 9, Version: "0.12" } }),
  ],
};

export const gamedigTargets: readonly Target[] = gamedigProtocols.map((protocol) => ({
  name: `gamedig-${protocol}`,
  // Each question is a conversation, which ends by waiting.
  share: 0.04,
  maxLength: 8192,
  seeds: [joined(...wellAnswered[protocol])],
  words: ["\\", "\n", "\0", "\xff\xff\xff\xff", '":', "{", "["],
  run: async (input) => claimOutcome(await outcomeOf(protocol, answersIn(input))),
}));
