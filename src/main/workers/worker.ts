import cluster, { type Worker as Forked } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../../log.ts";
import type { Cuts } from "../../routing/cuts.ts";
import type { RampPositions } from "../../routing/ramp.ts";
import type { SeenRequest } from "../../routing/seen-request.ts";
import type { ForForwarding } from "../forwarding.ts";
import {
  BEGIN,
  type Beginning,
  CAPTURE,
  CATCH_UP,
  CUTS,
  DRAIN,
  FEEDBACK,
  type HandedText,
  LISTEN,
  OWNERS,
  RAMPS,
  RULES,
  SEEN,
  type Standing,
  TOLD,
  TYPES,
} from "./calls.ts";
import type { Hearing } from "./hearing.ts";
import { type Call, Port } from "./port.ts";

/** Seen requests that a worker hands over at once, in less than a millisecond. */
const SOME = 200;

/** Seconds in a row without an answer, after which a worker is taken to hang. */
const HANGS_AFTER = 10;

/** What a worker may take longer than it was told to drain, in ms. */
const DRAIN_MARGIN_MS = 2_000;

/** What is known of an end. */
export interface Ended {
  readonly how: string;
  /** How many requests it had in hand. */
  readonly lost: number;
}

/** One worker, as the primary sees it. */
export class Worker {
  readonly ended: Promise<Ended>;
  #standing: Standing = { leftOut: new Map(), counts: {} };
  readonly #forked: Forked;
  readonly #port: Port;
  readonly #log: Log;
  readonly #parts: ForForwarding;
  /** Resolves when it has come up; false: it has ended before. */
  readonly #present: Promise<boolean>;
  /** It may take requests: what is not in force there is not in force here. */
  #forwards = false;
  #follows = false;
  #settled: Promise<void> = Promise.resolve();
  #text: HandedText | undefined;
  #positions: RampPositions | undefined;
  #cuts: Cuts | undefined;
  #unanswered = 0;

  constructor(parts: ForForwarding, beginning: Beginning, hearing: Hearing, log: Log) {
    this.#log = log;
    this.#parts = parts;
    const forked = cluster.fork();
    this.#forked = forked;
    const port = new Port(
      { send: (message, sent) => void forked.process.send(message, undefined, undefined, sent) },
      (why) => log.error("what a worker has told was in vain", { worker: this.pid, why }),
    );
    this.#port = port;
    forked.on("message", (message: unknown) => port.take(message));
    this.ended = endOf(forked).then((how) => {
      this.#forwards = false;
      port.close(`worker ${this.pid} has ended: ${how}`);
      return { how, lost: hearing.lost() };
    });
    this.#present = new Promise((resolve) => {
      port.answer(BEGIN, () => {
        resolve(true);
        return beginning;
      });
      void this.ended.then(() => resolve(false));
    });
    port.answer(TOLD, (batch) => hearing.take(batch));
    port.answer(FEEDBACK, parts.feedback);
    port.answer(CAPTURE, (lines) => parts.captureStore?.write(lines));
    port.answer(OWNERS, parts.directory.owners);
    port.answer(TYPES, parts.directory.types);
  }

  get pid(): number | undefined {
    return this.#forked.process.pid;
  }

  get forwards(): boolean {
    return this.#forwards;
  }

  /** How its lane was when it was asked last. */
  get standing(): Standing {
    return this.#standing;
  }

  /** Resolves when what was handed over by now is in force there, or nothing is any more. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Resolves with the port once it takes requests. Rejects when it cannot. */
  async begin(): Promise<number> {
    if (await this.#present) this.#follows = true;
    this.renew();
    // What is handed over meanwhile has to be there, too.
    for (let settled: Promise<void> | undefined; settled !== this.#settled; ) {
      settled = this.#settled;
      await settled;
    }
    this.#forwards = true;
    return this.#port.ask(LISTEN, undefined);
  }

  /** Hands over what it has not got yet of what is in force. */
  renew(): void {
    const current = this.#parts.rules();
    if (!this.#follows || current === undefined) return;
    const positions = this.#parts.positions();
    const { text, revision, from, cuts } = current;
    if (positions !== this.#positions) {
      this.#positions = positions;
      this.#hand(RAMPS, positions);
    }
    if (cuts !== this.#cuts) {
      this.#cuts = cuts;
      this.#hand(CUTS, cuts);
    }
    const known = this.#text;
    if (text !== known?.text || revision !== known.revision || from !== known.from) {
      this.#text = { text, revision, from };
      this.#hand(RULES, this.#text);
    }
  }

  ask<Asked, Answered>(call: Call<Asked, Answered>, about: Asked): Promise<Answered> {
    return this.#port.ask(call, about);
  }

  tell<Asked>(call: Call<Asked, void>, about: Asked): void {
    this.#port.tell(call, about);
  }

  /** Resolves when all that it had to tell has come. Never rejects. */
  async catchUp(): Promise<void> {
    try {
      this.#standing = await this.#port.ask(CATCH_UP, undefined);
      this.#unanswered = 0;
    } catch {
      // It has ended, and has nothing more to tell.
    }
  }

  /** To be called every second: one that answers nothing for long is ended. */
  lookAfter(): void {
    if (!this.#forwards) return;
    // Not the time counts but how often it was asked: a machine that slept has not waited.
    if (this.#unanswered++ > HANGS_AFTER) {
      this.#log.error("a worker hangs and is ended", { worker: this.pid });
      this.kill();
    } else if (this.#unanswered === 1) void this.catchUp();
  }

  /** All that it remembers, some at a time. Rejects when it ends. */
  async seen(): Promise<SeenRequest[]> {
    const all: SeenRequest[] = [];
    for (;;) {
      const some = await this.#port.ask(SEEN, { from: all.length, most: SOME });
      all.push(...some);
      if (some.length < SOME) return all;
    }
  }

  /** Resolves when it has ended. Never rejects. */
  async drain(ms: number): Promise<void> {
    if (!this.#forwards) this.kill();
    const late = new AbortController();
    const patience = pause(ms + DRAIN_MARGIN_MS, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([this.#port.ask(DRAIN, ms).catch(() => undefined), patience]);
    if (this.#forked.process.connected) this.#forked.process.disconnect(); // it ends by that
    await Promise.race([this.ended, patience]);
    late.abort();
    this.kill();
    await this.ended;
  }

  kill(): void {
    this.#forked.process.kill("SIGKILL");
  }

  #hand<Asked>(call: Call<Asked, void>, about: Asked): void {
    const taken = this.#port.ask(call, about).catch((error: Error) => {
      // One that cannot follow must not go on with what was in force before.
      if (this.#forked.process.connected) {
        this.#log.error("a worker cannot follow and is ended", { worker: this.pid, why: error.message });
        this.kill();
      }
      return this.ended;
    });
    this.#settled = Promise.all([this.#settled, taken]).then(() => undefined);
  }
}

/** How it has ended. What it had said before has come by then. */
function endOf(forked: Forked): Promise<string> {
  return new Promise((resolve) => {
    let how: string | undefined;
    let connected = true;
    const look = (): void => {
      if (how !== undefined && !connected) resolve(how);
    };
    forked.on("exit", (code, signal) => {
      how = signal ?? `exit code ${code}`;
      look();
    });
    forked.on("disconnect", () => {
      connected = false;
      look();
    });
    forked.on("error", (error) => {
      if (forked.process.pid === undefined) resolve(`it cannot be started: ${error.message}`);
    });
  });
}
