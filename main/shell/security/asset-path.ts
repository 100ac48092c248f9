/** Which file of the window a URL names; a pure function, so that every trick with paths has a test. */

/** The only origin there is in this app. */
export const APP_ORIGIN = "homeport://app";

/** `index.html`, `assets/index-1a2b.js`: relative, with forward slashes; null for anything else. */
export function assetPath(url: string): string | null {
  let path: string;
  try {
    if (!isAppUrl(url)) return null;
    path = decodeURIComponent(new URL(url).pathname);
  } catch {
    return null;
  }
  if (path === "/") return "index.html";
  // Names as the bundler makes them; no dot first, so neither `..` nor hidden files.
  const names = path.slice(1).split("/");
  return names.every((name) => /^[\w-][\w.-]{0,100}$/.test(name)) ? names.join("/") : null;
}

/** True for a URL of our own scheme and host, compared whole (never by prefix). */
export function isAppUrl(url: string): boolean {
  try {
    const { protocol, host, username, password } = new URL(url);
    return `${protocol}//${host}` === APP_ORIGIN && username === "" && password === "";
  } catch {
    return false;
  }
}
