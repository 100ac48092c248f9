import { expect, test } from "vitest";
import { assetPath, isAppUrl } from "./asset-path.ts";

test.each([
  ["homeport://app/", "index.html"],
  ["homeport://app/index.html", "index.html"],
  ["homeport://app/assets/index-Xy_1.js?v=2#top", "assets/index-Xy_1.js"],
])("%s is %s", (url, path) => {
  expect(assetPath(url)).toBe(path);
});

test.each([
  "homeport://app/%2e%2e/package.json/..%2f",
  "homeport://app/..%2fsettings.json",
  "homeport://app/..%5csettings.json",
  "homeport://app/%2fetc/passwd",
  "homeport://app//etc/passwd",
  "homeport://app/a%00.js",
  "homeport://app/C:/windows",
  "homeport://app/.env",
  "homeport://app/a/",
  "homeport://app/%",
  "homeport://app.evil/index.html",
  "homeport://evil/index.html",
  "homeport://app@evil/index.html",
  "homeport://user@app/index.html",
  "homeport://app:80/index.html",
  "file:///etc/passwd",
  "https://app/index.html",
  "index.html",
  "",
])("%s is no file of the window", (url) => {
  expect(assetPath(url)).toBeNull();
});

test("a dot segment cannot leave the folder", () => {
  expect(assetPath("homeport://app/../../etc/passwd")).toBe("etc/passwd");
});

test("only the whole origin is ours", () => {
  expect(isAppUrl("homeport://app/x")).toBe(true);
  expect(isAppUrl("homeport://app.evil/x")).toBe(false);
  expect(isAppUrl("about:blank")).toBe(false);
});
