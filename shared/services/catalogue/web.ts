/** Web. */
import type { ServiceEntry } from "../schema.ts";

export const web: readonly ServiceEntry[] = [
  {
    id: "web-server",
    name: "Web server",
    category: "web",
    clues: [{ process: ["nginx", "httpd", "apache2", "caddy", "lighttpd", "php-fpm"] }],
    ports: [
      { role: "http", port: 80, transport: "tcp", need: "required" },
      { role: "https", port: 443, transport: "tcp", need: "required" },
    ],
    joinUrl: "http://{host}:{port}/",
    sameExternalPort: "required",
    ask: { protocol: "http" },
    hints: [
      "Many providers block 80 and 443 at home connections.",
      "Let's Encrypt by HTTP needs port 80 exactly; by DNS it needs none.",
    ],
  },
  {
    id: "home-assistant",
    name: "Home Assistant",
    category: "web",
    clues: [
      { process: ["hass"] },
      { runtime: "python", commandLine: /\bhomeassistant\b|[/\\]hass\b/ },
    ],
    ports: [{ role: "http", port: 8123, transport: "tcp", need: "optional" }],
    joinUrl: "http://{host}:{port}",
    sameExternalPort: "free",
    ask: { protocol: "http" },
    warnings: ["unencrypted"],
  },
  {
    id: "gitea",
    name: "Gitea or Forgejo",
    category: "web",
    clues: [{ process: ["gitea", "forgejo"] }],
    ports: [
      { role: "http", port: 3000, transport: "tcp", need: "optional", warnings: ["unencrypted"] },
      {
        role: "ssh",
        port: 2222,
        transport: "tcp",
        need: "optional",
        warnings: ["password-guessing"],
      },
    ],
    joinUrl: "http://{host}:{port}",
    sameExternalPort: "free",
    ask: { protocol: "http" },
  },
];
