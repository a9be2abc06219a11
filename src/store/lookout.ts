/** Looks for news at once when told that there may be some, and after a while anyway; one look at a time. */
export interface Lookout {
  /** Resolves when nothing new waits; while a look is under way at once, and one more follows it. */
  soon(): Promise<void>;
  readonly stopped: boolean;
  /** No further look begins. */
  stop(): void;
}

/** @param look never rejects. @param pollMs between the end of a look and the next that nobody has asked for. */
export function lookout(look: () => Promise<unknown>, pollMs: number): Lookout {
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let hinted = false;
  let stopped = false;
  const soon = async (): Promise<void> => {
    hinted = true;
    if (looking) return;
    looking = true;
    clearTimeout(timer);
    while (hinted && !stopped) {
      hinted = false;
      await look();
    }
    looking = false;
    if (!stopped) timer = setTimeout(soon, pollMs);
  };
  return {
    soon,
    get stopped() {
      return stopped;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
