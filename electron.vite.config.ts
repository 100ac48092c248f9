import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      outDir: "out/main",
      target: "node20",
      rolldownOptions: {
        input: {
          index: "main/index.ts",
          headless: "main/headless.ts",
          "demo-network": "main/demo/index.ts",
          "sample-server": "main/demo/sample-server.ts",
        },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      outDir: "out/preload",
      rolldownOptions: {
        input: { preload: "main/preload.ts" },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "renderer",
    plugins: [react()],
    build: {
      outDir: "out/renderer",
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: "renderer/index.html" } },
    },
  },
});
