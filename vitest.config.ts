import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Milliseconds: so long that a machine which is slow and busy does not fail a test that is right. */
const patience = 60_000;

const shared = {
  clearMocks: true,
  unstubEnvs: true,
  env: { TZ: "UTC" },
  testTimeout: patience,
  hookTimeout: patience,
  expect: { poll: { timeout: patience / 2 } },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          globalSetup: "test/fixtures/temporary-directory.ts",
          environment: "node",
          include: ["{main,shared,build,test/gateway,test/fixtures}/**/*.test.ts"],
        },
      },
      {
        plugins: [react()],
        test: {
          ...shared,
          name: "renderer",
          environment: "happy-dom",
          include: ["renderer/**/*.test.{ts,tsx}"],
        },
      },
      {
        test: {
          ...shared,
          name: "fuzz",
          environment: "node",
          include: ["test/fuzz/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: "lab",
          environment: "node",
          include: ["test/lab/**/*.test.ts"],
          fileParallelism: false,
          // Labs of their own do not disturb each other; most of their tests wait most of the time.
          maxConcurrency: 16,
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
