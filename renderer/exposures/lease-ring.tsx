/** How much of the mapping's lifetime is left: a ring that empties and the time in figures. */
import type { ReactNode } from "react";
import { formatTimeLeft, secondsLeft } from "../../shared/endpoint.ts";
import { useNow } from "../ui/ticker.ts";

const RADIUS = 33;
const AROUND = 2 * Math.PI * RADIUS;

function Ring({ share, children }: { readonly share: number; readonly children: ReactNode }) {
  return (
    <div className="ring">
      <svg viewBox="0 0 72 72" aria-hidden="true" focusable="false">
        <circle className="ring-track" cx="36" cy="36" r={RADIUS} />
        {share > 0 && (
          <circle
            className="ring-left"
            cx="36"
            cy="36"
            r={RADIUS}
            transform="rotate(-90 36 36)"
            strokeDasharray={`${(share * AROUND).toFixed(2)} ${AROUND.toFixed(2)}`}
          />
        )}
      </svg>
      {children}
    </div>
  );
}

/** Counts down to `expiresAt`; `lifetime` (seconds) is the full ring. */
export function LeaseRing({
  expiresAt,
  lifetime,
}: {
  readonly expiresAt: string;
  readonly lifetime: number | null;
}) {
  const now = useNow();
  // The clock ticks once a second: right after a renewal it may be a moment behind.
  const full = lifetime ?? Number.POSITIVE_INFINITY;
  const left = Math.min(secondsLeft({ expiresAt }, now) ?? 0, full);
  const text = formatTimeLeft(left);
  return (
    <Ring share={lifetime === null || lifetime <= 0 ? 0 : left / lifetime}>
      <div
        className="ring-text"
        role="timer"
        aria-label={`${text} until the router forgets the port unless Homeport renews it`}
        title="Homeport renews it in time"
      >
        <span className="ring-time">{text}</span>
        <span className="ring-unit">left</span>
      </div>
    </Ring>
  );
}

/** The ring of an exposure without a lease; `children` is the icon of its state. */
export function EmptyRing({ children }: { readonly children: ReactNode }) {
  return (
    <Ring share={0}>
      <div className="ring-text ring-icon">{children}</div>
    </Ring>
  );
}
