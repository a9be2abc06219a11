import { setTimeout as pause } from "node:timers/promises";
import type { Forwarding } from "./forwarding.ts";
import { Signal } from "./signal.ts";

/** How long whoever has changed something waits until it is in force in all that forwards, in ms. */
const PATIENCE_MS = 1_000;

/**
 * How far rules and cuts have come in this replica: what the others are told of it. Something is in force here once it is so
 * in all that forwards, be that this process or several.
 */
export class InForce {
  readonly #forwarding: Pick<Forwarding, "renew">;
  readonly #changed = new Signal();
  #told = { revision: 0, lag: 0, cutEpoch: 0 };

  constructor(forwarding: Pick<Forwarding, "renew">) {
    this.#forwarding = forwarding;
  }

  /** From now on `listener` is called when `told` has changed. */
  onTold(listener: () => void): void {
    this.#changed.listen(listener);
  }

  /** The revision in force, the milliseconds it took from its acceptance elsewhere, and the last change of cuts. */
  get told(): { readonly revision: number; readonly lag: number; readonly cutEpoch: number } {
    return this.#told;
  }

  /** Hands over what has changed. `done` is called once it is in force everywhere here, with the ms that this took. */
  renew(done: (ms: number) => void = () => undefined): void {
    this.#forwarding.renew(done);
  }

  /** There are new rules. `lag`: see `LiveRulesOptions.onApplied`; `onLag` is told the whole of it. */
  rules(revision: number, lag: number | undefined, onLag: (ms: number) => void): void {
    this.renew((more) => {
      this.#told = { ...this.#told, revision, lag: lag === undefined ? 0 : lag + more };
      if (lag !== undefined) onLag(lag + more);
      this.#changed.tell();
    });
  }

  /** All decisions about cuts up to this one have been taken over. */
  cuts(cutEpoch: number): void {
    this.renew(() => {
      this.#told = { ...this.#told, cutEpoch };
      this.#changed.tell();
    });
  }

  /** Whether all that was changed by now is in force everywhere here; false: not within a second. */
  async everywhere(): Promise<boolean> {
    const late = new AbortController();
    const patience = pause(PATIENCE_MS, false, { signal: late.signal }).catch(() => false);
    const done = new Promise<boolean>((resolve) => this.renew(() => resolve(true)));
    return Promise.race([done, patience]).finally(() => late.abort());
  }

  /** What became of a change, told when it is in force everywhere here, or after a second. */
  async after<T>(change: Promise<T>): Promise<T> {
    const result = await change;
    await this.everywhere();
    return result;
  }
}
