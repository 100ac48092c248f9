import { expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

test("gives output and exit code, rejects without whole output", async () => {
  const node = process.execPath;
  const failing = "process.stdout.write('some'); process.exitCode = 1";
  expect(await runCommand(node, ["-e", failing])).toEqual({ stdout: "some", exitCode: 1 });
  expect(await runCommand(node, ["-p", "process.env.LC_ALL"])).toEqual({
    stdout: "C\n",
    exitCode: 0,
  });
  await expect(runCommand("/nowhere/at/all", [])).rejects.toMatchObject({ code: "ENOENT" });
  const endless = "for (;;) require('fs').writeSync(1, 'x'.repeat(1 << 20))";
  await expect(runCommand(node, ["-e", endless])).rejects.toMatchObject({
    code: "ERR_CHILD_PROCESS_STDIO_MAXBUFFER",
  });
});
