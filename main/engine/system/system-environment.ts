/** The real clock, random source and log of this process. */
import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
import type { Clock, LogFields, Logger, Random } from "../environment.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: () => uptime() * 1000,
  after(delay, task) {
    // setTimeout fires at once beyond 2^31−1 ms; a chain keeps long leases right.
    const longest = 2_147_483_647;
    let left = delay;
    let timer = wait();
    function wait(): NodeJS.Timeout {
      return setTimeout(step, Math.min(left, longest)).unref();
    }
    function step(): void {
      left -= longest;
      if (left <= 0) task();
      else timer = wait();
    }
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => Uint8Array.from(randomBytes(length)),
};

const levels = ["debug", "info", "warn"] as const;
export type LogLevel = (typeof levels)[number];

/** Logs one line per event to `write` (stderr of the caller), from `least` up. */
export function createLogger(least: LogLevel, write: (line: string) => void): Logger {
  function log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const details = Object.entries(fields)
      .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
      .join("");
    write(`${new Date().toISOString()} ${level} ${message}${details}\n`);
  }
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
  };
}
