/** Runs a program of the system for its output, bounded in time and size. */
import { execFile } from "node:child_process";

interface CommandOutput {
  /** One character a byte; see `plainText` for the text of it. */
  readonly stdout: string;
  /** Null when it was stopped by a signal. */
  readonly exitCode: number | null;
}

/** Rejects when the program cannot be started, takes too long or writes too much. */
export type RunCommand = (file: string, args: readonly string[]) => Promise<CommandOutput>;

const longest = 15_000;
const most = 16 * 1024 * 1024;

export const runCommand: RunCommand = (file, args) =>
  new Promise((resolve, reject) => {
    const options = {
      encoding: "latin1",
      timeout: longest,
      killSignal: "SIGKILL",
      maxBuffer: most,
      windowsHide: true,
      env: { ...process.env, LC_ALL: "C" },
    } as const;
    execFile(file, [...args], options, (error, stdout) => {
      if (error === null) resolve({ stdout, exitCode: 0 });
      // A string code (ENOENT, ERR_CHILD_PROCESS_STDIO_MAXBUFFER) or a kill means there is no whole output.
      else if (typeof error.code === "number" && !error.killed) {
        resolve({ stdout, exitCode: error.code });
      } else reject(error);
    });
  });
