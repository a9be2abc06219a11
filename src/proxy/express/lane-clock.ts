/** Milliseconds: how late a clock may be noticed. */
export const TICK = 50;
/** Milliseconds between two ticks that say that the process has not run: stopped, moved to another machine, or starved. */
const STANDSTILL = 500;

/** Time as a lane sees it. */
export interface LaneClock {
  /** Milliseconds, monotone, with fractions. */
  now(): number;
  /** Calls `tick` about every `ms` milliseconds. @returns ends it. */
  every(ms: number, tick: () => void): () => void;
}

export const MACHINE_CLOCK: LaneClock = {
  now: () => performance.now(),
  every: (ms, tick) => {
    const timer = setInterval(tick, ms).unref();
    return () => clearInterval(timer);
  },
};

/**
 * Calls `tick` about every `TICK` milliseconds, with the time and how long the last one is ago. `fresh` false: the process stood
 * still, and what has come meanwhile is to be read before anybody's time is over.
 * @returns ends it.
 */
export function startTicking(
  { now, every }: LaneClock,
  tick: (present: number, since: number, fresh: boolean) => void,
): () => void {
  let last = now();
  let stoodStill = false;
  return every(TICK, () => {
    const present = now();
    const since = present - last;
    stoodStill = since > STANDSTILL && !stoodStill;
    last = present;
    tick(present, since, !stoodStill);
  });
}
