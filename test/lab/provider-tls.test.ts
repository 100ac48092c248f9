/** Providers' certificates: checked by a real TLS server whose authority this test makes itself. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeNamesNetwork } from "../../main/engine/system/node-names-network.ts";

let directory: string;
let server: Server;
let certificate: string;
let calls = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "homeport-tls-"));
  const key = join(directory, "key.pem");
  const cert = join(directory, "cert.pem");
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
  } catch {
    throw new Error("openssl is missing: install the package openssl");
  }
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${cert}`;
  execFileSync("openssl", request.split(/\s+/), { stdio: "ignore" });
  certificate = readFileSync(cert, "utf8");
  server = createServer({ key: readFileSync(key), cert: certificate }, (_call, response) => {
    calls += 1;
    response.end("good");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

async function call(host: string, ca?: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  return nodeNamesNetwork(ca === undefined ? {} : { ca }).https({
    method: "GET",
    url: `https://${host}:${port}/`,
    timeout: 30_000,
    maxBytes: 100,
  });
}

test("a certificate that is trusted and names the host is accepted", async () => {
  expect(await call("localhost", certificate)).toMatchObject({ kind: "answer", body: "good" });
  expect(calls).toBe(1);
});

test("an authority nobody knows, and another host's certificate, are refused before anything is sent", async () => {
  expect(await call("localhost")).toMatchObject({ kind: "failed", reason: "certificate" });
  expect(await call("127.0.0.1", certificate)).toMatchObject({
    kind: "failed",
    reason: "certificate",
  });
  expect(calls).toBe(1);
});
