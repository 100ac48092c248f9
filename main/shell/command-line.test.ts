import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";

test("reads what is ours and passes over what is Chromium's", () => {
  const words = [
    "electron",
    "--no-sandbox",
    "/app",
    "--gateway",
    "192.168.1.1",
    "--hidden",
    "--frobnicate",
  ];
  expect(parseCommandLine(words)).toEqual({
    gateway: "192.168.1.1",
    hidden: true,
    verbose: false,
    mistake: null,
  });
  expect(parseCommandLine(["--gateway=fe80::1"]).gateway).toBe("fe80::1");
  const several = ["--gateway=10.0.0.1", "--gateway", "10.0.0.2", "--gateway=10.0.0.1"];
  expect(parseCommandLine(several).gateway).toBe("10.0.0.1, 10.0.0.2");
  const spellings = ["--gateway=FD00:0::1", "--gateway=fd00::1", "--gateway=::ffff:10.0.0.1"];
  expect(parseCommandLine(spellings).gateway).toBe("fd00::1, 10.0.0.1");
  expect(parseCommandLine([])).toMatchObject({ gateway: null, hidden: false, mistake: null });
});

test.each([["--gateway=router.example"], ["--gateway"], ["--gateway=1.2.3.4.5"]])(
  "names the mistake in %s",
  (word) => {
    expect(parseCommandLine([word])).toMatchObject({
      gateway: null,
      mistake: expect.stringContaining("not an IP address"),
    });
  },
);
