import { expect, test } from "vitest";
import { redact } from "./redact.ts";

test.each([
  [
    "valheim_server -name A -password hunter2 -public 1",
    "valheim_server -name A -password ••• -public 1",
  ],
  ["srcds +rcon_password hunter2 +map x", "srcds +rcon_password ••• +map x"],
  ['srcds +sv_password "two words" +map x', "srcds +sv_password ••• +map x"],
  ["app --token=hunter2 --port 80", "app --token=••• --port 80"],
  ["app --api-key hunter2", "app --api-key •••"],
  [
    "Ark TheIsland?listen?ServerPassword=hunter2?Port=7777",
    "Ark TheIsland?listen?ServerPassword=•••?Port=7777",
  ],
  ["java -Dadmin.secret=hunter2 -jar x.jar", "java -Dadmin.secret=••• -jar x.jar"],
  ["redis --requirepass hunter2", "redis --requirepass •••"],
  ["node app postgres://user:hunter2@localhost/db", "node app postgres://user:•••@localhost/db"],
  ["app --db-pass hunter2 -pwd hunter2", "app --db-pass ••• -pwd •••"],
  ["env DB_PASSWORD=hunter2 app", "env DB_PASSWORD=••• app"],
])("%s", (commandLine, expected) => {
  expect(redact(commandLine)).toBe(expected);
});

test.each([
  "java -Xmx4G -jar paper.jar nogui",
  "app --password --port 80",
  "/usr/bin/passwd-server --compass north",
  "http://localhost:8080/a@b",
  "ftp --passive on",
])("leaves %s", (commandLine) => {
  expect(redact(commandLine)).toBe(commandLine);
});
