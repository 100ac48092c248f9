/** What no page of this app may do, whatever ends up in it. */
import type { App, Session, WebContents } from "electron";
import { isAppUrl } from "./asset-path.ts";

/** Refuses network, permissions and devices to everything in `session`. */
export function lockSession(session: Session): void {
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !mayLoad(url) }));
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => decide({}));
  // Dictionaries would come from the internet.
  session.setSpellCheckerEnabled(false);
  session.on("will-download", (event) => event.preventDefault());
}

/** Our own scheme; the development tools, where there are any, live in theirs. */
function mayLoad(url: string): boolean {
  return isAppUrl(url) || url.startsWith("devtools://") || url.startsWith("data:image/");
}

/** Keeps every page where it is: no navigation, no new windows, no embedded pages. */
export function lockContents(app: App): void {
  app.on("web-contents-created", (_event, contents) => lock(contents));
}

function lock(contents: WebContents): void {
  const stop = (event: { preventDefault(): void }): void => event.preventDefault();
  contents.on("will-navigate", stop);
  contents.on("will-frame-navigate", stop);
  contents.on("will-redirect", stop);
  contents.on("will-attach-webview", stop);
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}
