import type { Log } from "../log.ts";

/** What a start has opened by now, to be closed in the opposite order when it fails half-way, or when the router stops. */
export class Opened {
  readonly #log: Log;
  readonly #closings: (() => Promise<void>)[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  add(close: () => Promise<void> | void): void {
    this.#closings.push(async () => close());
  }

  /** What was opened last first. One that cannot be closed keeps no other open. Never rejects. */
  async close(): Promise<void> {
    for (const close of this.#closings.splice(0).reverse()) {
      await close().catch((error) => this.#log.error("stopping failed", { error }));
    }
  }
}
