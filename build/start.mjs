/** `npm start`: the app. Words after `--` go to it, e.g. `npm start -- --gateway 192.168.1.1`. */
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { hasDisplay } from "./display.mjs";
import { launchApp } from "./launch-app.mjs";
import { SetupError, run } from "./say.mjs";

await run(async () => {
  if (!hasDisplay()) {
    throw new SetupError(
      "no display here. `npm run demo` shows the app on a virtual one; `npm run -s headless -- --help` needs none.",
    );
  }
  ensureDependencies();
  ensureBundle();
  return launchApp(process.argv.slice(2));
});
