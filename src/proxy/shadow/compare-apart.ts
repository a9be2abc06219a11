import { Worker } from "node:worker_threads";
import { endpointLimits } from "../../config/endpoint-limits.ts";
import { onlyAllowed } from "../express/addresses.ts";
import { compareBodies, type Found, type Question } from "./compare-bodies.ts";

export interface Job {
  readonly id: number;
  readonly question: Question;
}

export interface JobDone {
  readonly id: number;
  readonly found: Found;
}

/** Questions, and bytes in them, that may wait for the thread. */
const MOST_WAITING = 256;
const MOST_BYTES = 32 * 1024 * 1024;
/** So long the thread may think about one question, in ms, before it is ended; longer than a hook may. */
const PATIENCE_MS = 30_000;
/** Some answers take many times their size while they are read. */
const MOST_MEMORY_MB = 512;

interface Waiting {
  readonly bytes: number;
  readonly onFound: (found: Found) => void;
}

/**
 * Compares answers in a thread of its own, which is started when it is first needed and ended when it hangs. From sources, where
 * no thread can start, in this one.
 */
export class ComparingApart {
  private readonly allowedEndpoints: readonly string[];
  private readonly waiting = new Map<number, Waiting>();
  private bytes = 0;
  private lastId = 0;
  private worker: Worker | undefined;
  private patience: NodeJS.Timeout | undefined;

  /** @param allowedEndpoints where hooks may be: the setting of that name. */
  constructor(allowedEndpoints: readonly string[]) {
    this.allowedEndpoints = allowedEndpoints;
  }

  /**
   * The bodies are copied before this returns.
   * @param onFound is called once, later.
   * @returns false: too much is waiting already, and nobody will be told.
   */
  ask(question: Question, onFound: (found: Found) => void): boolean {
    const bytes = question.primary.bytes.length + question.shadow.bytes.length;
    if (this.waiting.size >= MOST_WAITING || this.bytes + bytes > MOST_BYTES) return false;
    const id = ++this.lastId;
    this.waiting.set(id, { bytes, onFound });
    this.bytes += bytes;
    const job: Job = { id, question };
    if (import.meta.url.endsWith(".js")) this.thread().postMessage(job);
    else {
      const copied = structuredClone(question);
      const resolve = onlyAllowed(endpointLimits(this.allowedEndpoints).allowsAddress);
      void compareBodies(copied, resolve).then((found) => this.onDone({ id, found }));
    }
    this.setClock();
    return true;
  }

  async stop(): Promise<void> {
    clearTimeout(this.patience);
    await this.worker?.terminate();
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(new URL("./compare-worker.js", import.meta.url), {
      workerData: { allowedEndpoints: this.allowedEndpoints },
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    worker.unref();
    worker.on("message", (done: JobDone) => this.onDone(done));
    worker.on("error", () => {}); // its end follows
    worker.on("exit", () => {
      if (this.worker === worker) this.worker = undefined;
      for (const id of [...this.waiting.keys()]) this.onDone({ id, found: "unreadable" });
    });
    this.worker = worker;
    return worker;
  }

  private onDone({ id, found }: JobDone): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    this.bytes -= waiting.bytes;
    this.setClock();
    waiting.onFound(found);
  }

  private setClock(): void {
    clearTimeout(this.patience);
    if (this.waiting.size === 0) return;
    this.patience = setTimeout(() => void this.worker?.terminate(), PATIENCE_MS).unref();
  }
}
