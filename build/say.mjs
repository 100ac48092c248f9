/** What the developer scripts tell people: one line each, on standard error, so that output can be piped. */

/** @param {string} line */
export function say(line) {
  process.stderr.write(`homeport: ${line}\n`);
}

/** Something the user has to do; ends the script with exit code 1 and no stack trace. */
export class SetupError extends Error {}

/**
 * Runs a script's main function.
 * @param {() => Promise<number>} main resolves with the exit code
 */
export async function run(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    say(
      error instanceof SetupError
        ? error.message
        : String(error instanceof Error ? error.stack : error),
    );
    process.exitCode = 1;
  }
}
