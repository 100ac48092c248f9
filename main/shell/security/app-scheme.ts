/** `homeport://app/…`: the window's own files, read-only, under a policy that lets nothing else in. */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { protocol, type Session } from "electron";
import { APP_ORIGIN, assetPath } from "./asset-path.ts";

/** Nothing but our own files, no inline code; see https://www.electronjs.org/docs/latest/tutorial/security */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join("; ");

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** To be called before the app is ready: a scheme is privileged from the start or never. */
export function declareAppScheme(): void {
  const scheme = new URL(APP_ORIGIN).protocol.slice(0, -1);
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the files below `directory` to `session`. */
export function serveAppScheme(session: Session, directory: string): void {
  const scheme = new URL(APP_ORIGIN).protocol.slice(0, -1);
  session.protocol.handle(scheme, async ({ method, url }) => {
    if (method !== "GET" && method !== "HEAD") return answer(405);
    const path = assetPath(url);
    const type = path === null ? undefined : contentTypes[extname(path)];
    if (path === null || type === undefined) return answer(404);
    try {
      const body = await readFile(join(directory, ...path.split("/")));
      return answer(200, new Uint8Array(body), type);
    } catch {
      return answer(404);
    }
  });
}

function answer(
  status: number,
  body: Uint8Array<ArrayBuffer> | null = null,
  type = "text/plain",
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": type,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    },
  });
}
