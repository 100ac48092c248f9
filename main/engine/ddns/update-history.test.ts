import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { problem } from "../../../shared/problems.ts";
import type { WriteOutcome } from "./publisher.ts";
import type { RrsetChange } from "./rrset.ts";
import { UpdateHistory } from "./update-history.ts";

const home = { fqdn: "home.example", account: "a" };

let directory: string;
let environment: ReturnType<typeof simulatedEnvironment>;
let history: UpdateHistory;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "homeport-history-")), "name-updates");
  environment = simulatedEnvironment();
  history = start();
});

function start(): UpdateHistory {
  return new UpdateHistory({ clock: environment.clock, log: environment.log, directory });
}

function moved(from: string | null, to: string): readonly RrsetChange[] {
  const before = from === null ? [] : [{ type: "A", address: from } as const];
  return [{ name: home.fqdn, type: "A", ttl: 60, before, after: [{ type: "A", address: to }] }];
}

const away: WriteOutcome = {
  kind: "later",
  scope: "account",
  reason: "network",
  seconds: null,
  problem: problem("dns-unreachable", "ENOTFOUND"),
};

describe("updates of a name", () => {
  test("are told newest first, with what stood there and what does now", () => {
    history.note(home, moved(null, "52.3.4.5"), { kind: "done" });
    history.note(home, moved("52.3.4.5", "52.3.4.6"), { kind: "done" });
    expect(history.of(home)).toMatchObject([
      {
        outcome: "written",
        changes: [{ name: "home.example", type: "A", from: ["52.3.4.5"], to: ["52.3.4.6"] }],
        error: null,
      },
      { changes: [{ from: [], to: ["52.3.4.5"] }] },
    ]);
  });

  test("outlast a restart, each name by itself", () => {
    history.note(home, moved(null, "52.3.4.5"), { kind: "done" });
    history.note({ ...home, account: "b" }, moved(null, "52.3.4.9"), away);
    expect(start().of(home)).toEqual(history.of(home));
    expect(start().of({ ...home, account: "b" })).toMatchObject([
      { outcome: "failed", error: { code: "dns-unreachable" } },
    ]);
  });

  test("are the last fifty", () => {
    for (let at = 0; at < 60; at += 1) {
      history.note(home, moved(`52.3.4.${at}`, `52.3.4.${at + 1}`), { kind: "done" });
    }
    expect(start().of(home)).toHaveLength(50);
    expect(start().of(home)[0]?.changes[0]?.to).toEqual(["52.3.4.60"]);
  });

  test("that fail in the same way again are one, with their number and the last time", async () => {
    history.note(home, moved(null, "52.3.4.5"), away);
    await environment.clock.advance(5000);
    history.note(home, moved(null, "52.3.4.5"), away);
    expect(history.of(home)).toMatchObject([
      { times: 2, at: new Date(environment.clock.now()).toISOString() },
    ]);
    history.note(home, moved(null, "52.3.4.5"), { kind: "done" });
    history.note(home, moved("52.3.4.5", "52.3.4.5"), { kind: "done" });
    expect(history.of(home).map(({ times }) => times)).toEqual([1, 1, 2]);
  });

  test("go with the name", () => {
    history.note(home, moved(null, "52.3.4.5"), { kind: "done" });
    history.forget(home);
    expect(history.of(home)).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("of a damaged file are kept aside, and noting goes on", () => {
    history.note(home, moved(null, "52.3.4.5"), { kind: "done" });
    writeFileSync(join(directory, "a_home.example.json"), '[{"at": 7}]');
    history = start();
    expect(history.of(home)).toEqual([]);
    history.note(home, moved(null, "52.3.4.6"), { kind: "done" });
    expect(start().of(home)).toHaveLength(1);
    expect(readdirSync(directory)).toHaveLength(2);
  });
});
