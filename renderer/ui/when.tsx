/** A point in time as people say it, kept right while the window is seen. */
import { useNow } from "./ticker.ts";

const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

const units = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

/** `5 minutes ago`, `in 40 seconds`; within a second of `now` (milliseconds) `just now`. */
export function formatWhen(at: string, now: number): string {
  const seconds = Math.trunc((Date.parse(at) - now) / 1000);
  const fit = units.find((unit) => Math.abs(seconds) >= unit.seconds);
  return fit === undefined ? "just now" : words.format(Math.trunc(seconds / fit.seconds), fit.unit);
}

export function When({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatWhen(at, now)}
    </time>
  );
}
