/** One timer that means one thing at a time: connect, first byte, or silence between bytes. */
export class Clock {
  #timer: NodeJS.Timeout | undefined;

  /** Rings after `ms` milliseconds, unless it is touched, started anew or stopped before. */
  start(ms: number, ring: () => void): void {
    this.stop();
    this.#timer = setTimeout(ring, ms);
  }

  /** Something moved: the whole time is left again. */
  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
