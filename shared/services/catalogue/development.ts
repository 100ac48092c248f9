/** For developers. */
import type { ServiceEntry } from "../schema.ts";

export const development: readonly ServiceEntry[] = [
  {
    id: "code-server",
    name: "code-server",
    category: "development",
    clues: [{ process: ["code-server"] }, { runtime: "node", commandLine: /\bcode-server\b/ }],
    ports: [{ role: "http", port: 8080, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    ask: { protocol: "http" },
    warnings: ["code-execution"],
  },
  {
    id: "ollama",
    name: "Ollama",
    category: "development",
    clues: [{ process: ["ollama"] }],
    ports: [{ role: "api", port: 11434, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["control-interface"],
  },

  {
    id: "dev-server",
    name: "Development web server",
    category: "development",
    clues: [
      { process: ["vite", "hugo"] },
      {
        runtime: "node",
        commandLine:
          /[/\\\s](vite|next|nuxt|astro|ng|react-scripts|webpack-dev-server|parcel)(\.m?js)?( |$)/,
      },
      { runtime: "node", commandLine: /\bnext-server\b/ },
      { runtime: "python", commandLine: /\bmanage\.py runserver\b|\bflask run\b/ },
      { runtime: "php", commandLine: /\bartisan serve\b|\s-S\s+\S+:\d/ },
    ],
    ports: [{ role: "http", port: null, transport: "tcp", need: "optional" }],
    joinUrl: "http://{host}:{port}/",
    sameExternalPort: "free",
    ask: { protocol: "http" },
    warnings: ["development-server"],
  },
  {
    id: "file-listing",
    name: "Python file server",
    category: "web",
    clues: [{ runtime: "python", program: /^(http\.server|SimpleHTTPServer)$/ }],
    ports: [{ role: "http", port: null, transport: "tcp", need: "required" }],
    joinUrl: "http://{host}:{port}/",
    sameExternalPort: "free",
    ask: { protocol: "http" },
    warnings: ["shows-files"],
  },
  {
    id: "jupyter",
    name: "Jupyter",
    category: "development",
    clues: [{ runtime: "python", commandLine: /\bjupyter[\w-]*\b|\bipykernel_launcher\b/ }],
    ports: [{ role: "http", port: 8888, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
  {
    id: "debugger",
    name: "Debugging interface",
    category: "development",
    clues: [
      { runtime: "node", commandLine: /\s--inspect(-brk|-wait)?(=|\s|$)/, onDefaultPort: true },
      { runtime: "java", commandLine: /-agentlib:jdwp=\S*\bserver=y/, onDefaultPort: true },
      { runtime: "python", commandLine: /\b(debugpy|pydevd)\b/, onDefaultPort: true },
      {
        process: ["chrome", "chromium", "msedge", "brave", "electron"],
        commandLine: /\s--remote-debugging-port\b/,
        onDefaultPort: true,
      },
      { process: ["gdbserver", "lldb-server"] },
    ],
    ports: [
      { role: "debugger", port: 9229, transport: "tcp", need: "never" },
      { role: "java", port: 5005, transport: "tcp", need: "never" },
      { role: "python", port: 5678, transport: "tcp", need: "never" },
      { role: "browser", port: 9222, transport: "tcp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
];
