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
    id: "folder-server",
    name: "File server of a folder",
    category: "web",
    clues: [
      { process: ["miniserve", "dufs", "darkhttpd", "webfsd", "simple-http-server"] },
      {
        runtime: "node",
        commandLine: /[/\\](bin|\.bin|node_modules)[/\\](http-server|serve)([ /\\]|$)/,
      },
      { process: ["busybox", "httpd"], commandLine: /\bhttpd( |$)/, path: /\bbusybox$/ },
      { process: ["ruby"], commandLine: /\s-run\b.*\s-e ?httpd\b/ },
      { process: ["caddy"], commandLine: /\bcaddy file-server\b/ },
    ],
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
      {
        runtime: "java",
        commandLine: /\s-(agentlib:|Xrun)jdwp[=:]\S*\bserver=y/,
        onDefaultPort: true,
      },
      {
        runtime: "java",
        commandLine: /\s-Dcom\.sun\.management\.jmxremote\.port=\d/,
        onDefaultPort: true,
      },
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
      { role: "java-management", port: 9010, transport: "tcp", need: "never" },
    ],
    told: [
      {
        role: "debugger",
        pattern: /\s--inspect(?:-brk|-wait)?=(?:\S{1,60}:)?(\d{1,5})(?:\s|$)/,
      },
      {
        role: "java",
        pattern: /\s-(?:agentlib:|Xrun)jdwp[=:]\S*\baddress=(?:\S{1,60}:)?(\d{1,5})\b/,
      },
      { role: "python", pattern: /\sdebugpy\s--listen\s(?:\S{1,60}:)?(\d{1,5})(?:\s|$)/ },
      { role: "browser", pattern: /\s--remote-debugging-port=(\d{1,5})(?:\s|$)/ },
      {
        role: "java-management",
        pattern: /\s-Dcom\.sun\.management\.jmxremote\.port=(\d{1,5})(?:\s|$)/,
      },
    ],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
];
