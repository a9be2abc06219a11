import { setTimeout as pause } from "node:timers/promises";

/** Waits for a condition, looking every few ms. Rejects with what was waited for when it does not come within `ms`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await pause(5);
  }
}
