/** The window: header, messages, what is open, what could be. */
import { useState } from "react";
import "./app.css";
import { Exposures } from "./exposures/exposures.tsx";
import { DemoHint } from "./gateway/demo-hint.tsx";
import { RouterLine } from "./gateway/router-line.tsx";
import { VpnHint } from "./gateway/vpn-hint.tsx";
import { Names } from "./names/names.tsx";
import { Notices } from "./notices/notices.tsx";
import { Servers } from "./servers/servers.tsx";
import { SettingsDialog } from "./settings/settings-dialog.tsx";
import { useWindowStore } from "./store.ts";
import { HomeportMark, SettingsIcon } from "./ui/icons.tsx";
import { LiveRegion } from "./ui/live-region.tsx";

export function App() {
  return (
    <>
      <Header />
      <main className="page">
        <Messages />
        <div className="columns">
          <div className="column">
            <Exposures />
            <Names />
          </div>
          <Servers />
        </div>
      </main>
      <LiveRegion />
    </>
  );
}

function Header() {
  const settings = useWindowStore((state) => state.snapshot?.settings);
  const [open, setOpen] = useState(false);
  return (
    <header className="app-head">
      <HomeportMark />
      <div className="app-title">
        <h1>Homeport</h1>
        <RouterLine />
      </div>
      <button
        type="button"
        className="button icon-button"
        aria-label="Settings"
        title="Settings"
        aria-disabled={settings === undefined}
        onClick={() => setOpen(settings !== undefined)}
      >
        <SettingsIcon />
      </button>
      {open && settings && <SettingsDialog settings={settings} onClose={() => setOpen(false)} />}
    </header>
  );
}

function Messages() {
  return (
    <div className="messages">
      <DemoHint />
      <VpnHint />
      <Notices />
    </div>
  );
}
