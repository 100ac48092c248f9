/** Makes plain JavaScript of a program of this folder, as the app is made of its own: no loader stays in its memory. */
import { basename, join } from "node:path";
import { build } from "vite";

const folder = import.meta.dirname;

/**
 * Path of the program, which then finds its dependencies where the sources do.
 * @param {string} file name of a TypeScript file here
 */
export async function bundle(file) {
  const outDir = join(folder, "../../out/bench");
  const name = basename(file, ".ts");
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      ssr: join(folder, file),
      outDir,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(outDir, `${name}.mjs`);
}
