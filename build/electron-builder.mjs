/** Packaging: what goes into the app and how it is locked down. Read by build/package.mjs. */

/** @type {import("electron-builder").Configuration} */
export default {
  appId: "app.homeport",
  productName: "Homeport",
  directories: { output: "dist", buildResources: "assets" },
  // All code is bundled into out/, so no node_modules; the demo network is a developer's tool.
  files: [
    "out/main/index.js",
    "out/main/chunks/**",
    "out/preload/preload.cjs",
    "out/renderer/**",
    "assets/icon.png",
    "assets/tray/*.png",
    "package.json",
    "!node_modules",
    "!**/*.map",
  ],
  asar: true,
  npmRebuild: false,
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: { category: "Network", target: ["AppImage", "deb"], icon: "assets/linux" },
  mac: { category: "public.app-category.utilities", extendInfo: { LSUIElement: true } },
  win: { target: "nsis" },
};
