import type { Log } from "../log.ts";
import type { CaptureStore } from "../store/capture-port.ts";

/** What became of records. */
export interface CaptureCounts {
  /** They are kept. */
  written: number;
  /** Too many waited. */
  queue_full: number;
  /** Where they are kept, they could not be written. */
  store_failed: number;
}

/** A record that is still to be made: what that costs is spent apart from requests. */
export interface Draft {
  /** A line of JSON. */
  line(): string;
  /** Lets go what `line` needs. */
  release(): void;
}

/** Milliseconds that a record waits for others, and for requests to go first. */
const GATHERED = 200;
/** Bytes that are written at once. */
const BATCH = 1024 * 1024;
/** Milliseconds for what is left at the end. */
const PATIENCE = 5_000;

/** Records on their way to where they are kept. It never makes anybody wait: what is too much is lost, counted and said. */
export class CaptureDesk {
  readonly counts: CaptureCounts = { written: 0, queue_full: 0, store_failed: 0 };
  /** The last that was written could be kept. */
  up = true;
  private readonly store: CaptureStore;
  private readonly most: number;
  private readonly log: Log;
  private waiting: Draft[] = [];
  /** The full queue has been told of. */
  private told = false;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  /** @param most records that may wait. */
  constructor(store: CaptureStore, most: number, log: Log) {
    this.store = store;
    this.most = most;
    this.log = log;
  }

  take(draft: Draft): void {
    if (this.waiting.length >= this.most) {
      draft.release();
      this.counts.queue_full++;
      if (!this.told) this.log.warn("requests that were to be captured are lost: too many wait", { most: this.most });
      this.told = true;
      return;
    }
    this.waiting.push(draft);
    if (this.writing === undefined) this.timer ??= setTimeout(() => this.begin(), GATHERED).unref();
  }

  /** Writes what is left, for some seconds at the most, and closes the store. */
  async close(): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, PATIENCE);
    });
    const written = async (): Promise<void> => {
      await this.writing;
      if (this.waiting.length > 0) await this.write();
      await this.store.close();
    };
    await Promise.race([written(), patience]);
    clearTimeout(late);
    clearTimeout(this.timer);
  }

  private begin(): void {
    this.timer = undefined;
    this.writing = this.write().finally(() => {
      this.writing = undefined;
    });
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const lines = await this.nextLines();
      try {
        await this.store.write(lines);
        this.counts.written += lines.length;
        this.told = false;
        if (!this.up) this.log.info("captured requests are kept again");
        this.up = true;
      } catch (error) {
        this.counts.store_failed += lines.length;
        if (this.up) this.log.error("captured requests cannot be kept; they are lost until they can", { error });
        this.up = false;
      }
    }
  }

  /** One after the other, with requests in between: looking through a body takes a while. */
  private async nextLines(): Promise<string[]> {
    const lines: string[] = [];
    let size = 0;
    const drafts = this.waiting;
    let taken = 0;
    while (taken < drafts.length && size < BATCH) {
      const draft = drafts[taken++];
      if (draft === undefined) break;
      try {
        const line = draft.line();
        lines.push(line);
        size += line.length;
      } finally {
        draft.release();
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    drafts.splice(0, taken);
    return lines;
  }
}
