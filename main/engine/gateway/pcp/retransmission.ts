/** How long to wait for an answer before asking again, without end (MRC 0, MRD 0). Milliseconds. */
import type { Random } from "../../environment.ts";

export interface RetransmissionSchedule {
  /** The first wait. */
  readonly initial: number;
  /** No wait before its random part is longer. */
  readonly maximum: number;
  /** Share by which each wait varies, to both sides. */
  readonly jitter: number;
}

/** RFC 6887 §8.1.1: IRT 3 s, MRT 1024 s, RAND ±0.1. */
export const requestSchedule: RetransmissionSchedule = {
  initial: 3000,
  maximum: 1_024_000,
  jitter: 0.1,
};

/**
 * For the question "do you speak PCP?", which changes nothing at the gateway and has a person waiting: much as NAT-PMP
 * asks (RFC 6886 §3.1: 250 ms doubling to 64 s). A little sooner, so that where one datagram was lost the answer comes
 * within the quarter of a second for which a worse protocol waits. Beside other protocols the third waits for
 * `ProbePace`.
 */
export const probeSchedule: RetransmissionSchedule = { initial: 200, maximum: 64_000, jitter: 0 };

/** The wait after a transmission; `previous` is the wait before it, null for the first transmission. */
export function nextWait(
  { initial, maximum, jitter }: RetransmissionSchedule,
  previous: number | null,
  random: Pick<Random, "fraction">,
): number {
  const base = previous === null ? initial : Math.min(2 * previous, maximum);
  return base * (1 + jitter * (2 * random.fraction() - 1));
}
