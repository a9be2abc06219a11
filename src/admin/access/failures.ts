/** Refusals of one address in one window that are answered and logged one by one. */
const MOST = 20;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; a flood from more of them forgets the oldest. */
const ADDRESSES = 10_000;

/** Counts failures by address. */
export class Failures {
  readonly #now: () => number;
  /** The longest known first. */
  readonly #seen = new Map<string, { count: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one more. Seconds to wait, when there have been too many; 0: not so many yet. */
  add(address: string): number {
    const now = this.#now();
    let entry = this.#seen.get(address);
    if (entry === undefined || entry.until <= now) {
      this.#seen.delete(address);
      entry = { count: 0, until: now + WINDOW_MS };
      this.#seen.set(address, entry);
      const [oldest] = this.#seen.keys();
      if (this.#seen.size > ADDRESSES && oldest !== undefined) this.#seen.delete(oldest);
    }
    entry.count++;
    return entry.count > MOST ? secondsTo(entry.until, now) : 0;
  }

  /** Seconds to wait, when one more would be too many. */
  wait(address: string): number {
    const entry = this.#seen.get(address);
    const now = this.#now();
    return entry === undefined || entry.until <= now || entry.count < MOST ? 0 : secondsTo(entry.until, now);
  }
}

function secondsTo(until: number, now: number): number {
  return Math.ceil((until - now) / 1000);
}
