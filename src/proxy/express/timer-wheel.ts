/** Something with a deadline. */
export interface Timed {
  /** Milliseconds on the wheel's clock; `Infinity`: none. Later is free: set it. Earlier: `TimerWheel.watch`. */
  deadline: number;
  /** The tick at which the wheel will look at it; the wheel's own. */
  tick: number;
  onDeadline(): void;
}

/** What `Timed.tick` is while the wheel does not hold it. */
export const UNWATCHED = -1;

/**
 * All the clocks of a lane in one coarse wheel. Bytes move deadlines far more often than deadlines pass, so pushing one
 * back is a plain assignment: the wheel finds out when it next looks at the entry, and puts it where it belongs.
 */
export class TimerWheel {
  private readonly slots: Set<Timed>[] = [];
  private readonly tickLength: number;
  private current: number;

  /** @param tickLength milliseconds: how late a deadline may be noticed. @param now the clock's present, milliseconds. */
  constructor(tickLength: number, now: number, slots = 1024) {
    this.tickLength = tickLength;
    this.current = Math.floor(now / tickLength);
    for (let i = 0; i < slots; i++) this.slots.push(new Set());
  }

  /** How many entries it holds. */
  get size(): number {
    return this.slots.reduce((sum, slot) => sum + slot.size, 0);
  }

  /** Sets the deadline and sees to it that it is noticed. */
  watch(entry: Timed, deadline: number): void {
    entry.deadline = deadline;
    if (deadline === Infinity) return;
    const tick = this.tickOf(deadline);
    if (entry.tick !== UNWATCHED && entry.tick <= tick) return;
    this.forget(entry);
    this.place(entry, tick);
  }

  forget(entry: Timed): void {
    if (entry.tick === UNWATCHED) return;
    this.slot(entry.tick).delete(entry);
    entry.tick = UNWATCHED;
  }

  /** To be called about once a tick. A late call catches up. */
  turn(now: number): void {
    const last = Math.floor(now / this.tickLength);
    // After a long sleep every slot is due once.
    const from = Math.max(this.current + 1, last - this.slots.length + 1);
    this.current = last;
    for (let tick = from; tick <= last; tick++) {
      const slot = this.slot(tick);
      if (slot.size === 0) continue;
      for (const entry of [...slot]) {
        if (!slot.delete(entry)) continue;
        entry.tick = UNWATCHED;
        if (entry.deadline <= now) {
          entry.deadline = Infinity;
          entry.onDeadline();
        } else if (entry.deadline !== Infinity) this.place(entry, this.tickOf(entry.deadline));
      }
    }
  }

  private place(entry: Timed, tick: number): void {
    const farthest = this.current + this.slots.length - 1;
    entry.tick = Math.min(Math.max(tick, this.current + 1), farthest);
    this.slot(entry.tick).add(entry);
  }

  private tickOf(deadline: number): number {
    return Math.ceil(deadline / this.tickLength);
  }

  private slot(tick: number): Set<Timed> {
    // The modulo keeps the index inside; the fallback only satisfies the compiler.
    return this.slots[tick % this.slots.length] ?? new Set();
  }
}
