import type { LaneClock } from "../../src/proxy/express/lane-clock.ts";

/** Time that passes when a test says so, and ticks on the way. */
export function laneClock(): LaneClock & { pass(ms: number): void } {
  let now = 0;
  const ticks = new Map<() => void, { readonly every: number; next: number }>();
  return {
    now: () => now,
    every: (ms, tick) => {
      ticks.set(tick, { every: ms, next: now + ms });
      return () => ticks.delete(tick);
    },
    pass: (ms) => {
      const end = now + ms;
      for (;;) {
        const [due] = [...ticks].sort(([, a], [, b]) => a.next - b.next);
        if (due === undefined || due[1].next > end) break;
        now = due[1].next;
        due[1].next += due[1].every;
        due[0]();
      }
      now = end;
    },
  };
}
