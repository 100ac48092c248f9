import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readConfig } from "./config.ts";

const directory = mkdtempSync(join(tmpdir(), "homeport-config-"));
const file = join(directory, "config.json");
afterAll(() => rmSync(directory, { recursive: true }));

function read(text: string): ReturnType<typeof readConfig> {
  writeFileSync(file, text);
  return readConfig(file);
}

test("what is left out has its default; names are tidied", () => {
  expect(
    read(
      JSON.stringify({
        accounts: [{ id: "bind", provider: "dns-update", server: "192.0.2.53" }],
        names: [{ fqdn: "Play.Home.Example.", account: "bind" }],
      }),
    ),
  ).toMatchObject({
    kind: "settings",
    settings: {
      theme: "system",
      accounts: [{ id: "bind", user: "", zone: "" }],
      names: [{ fqdn: "play.home.example", exposures: "all", ttl: 60, takeOver: false }],
    },
  });
});

test.each([
  ["{", "no JSON"],
  ["[]", "the file:"],
  [`{"nams": []}`, "nams"],
  [`{"observer": "192.168.1.1"}`, "observer: From there nobody sees"],
  [`{"names": [{"fqdn": "a b", "account": "x"}]}`, "names.0.fqdn:"],
  [`{"names": [{"fqdn": "a.example", "account": "x", "takeover": true}]}`, "takeover"],
  [`{"accounts": [{"id": "Big Name", "provider": "x"}]}`, "accounts.0.id:"],
  [`{"accounts": [{"id": "a", "provider": "x", "password": "hush"}]}`, "password"],
])("%s is refused with what is wrong", (text, part) => {
  expect(read(text)).toEqual({ kind: "error", message: expect.stringContaining(part) });
  expect(JSON.stringify(readConfig(file))).not.toContain("hush");
});

test("a file that is not there is named", () => {
  expect(readConfig(join(directory, "none.json"))).toEqual({
    kind: "error",
    message: expect.stringContaining("none.json"),
  });
});
