import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import { App } from "./app.tsx";
import { startAnnouncements } from "./announcements.ts";
import { keepFresh } from "./freshness.ts";
import { connect } from "./store.ts";
import { followTheme } from "./theme.ts";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root");
followTheme(document.documentElement);
startAnnouncements();
connect(window.homeport);
keepFresh(document);
createRoot(root).render(<App />);
