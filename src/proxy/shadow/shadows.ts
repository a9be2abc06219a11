import { type CutTarget, cutKey, NO_CUTS } from "../../routing/cuts.ts";
import type { Outcome } from "../../routing/outcome.ts";
import { isShadowCut, type ShadowDrop, type ShadowPlan } from "../../routing/shadow.ts";
import type { Door } from "../door.ts";
import type { BegunRequest, Wanted } from "../onlooker.ts";
import type { AnswerPair, ShadowDesk } from "./shadow-desk.ts";
import { type Sending, ShadowRequest } from "./shadow-request.ts";
import type { TripContext } from "./shadow-trip.ts";

export interface ShadowSettings {
  /** Bytes of a request, and of an answer, that are copied at the most. */
  readonly shadowLimit: number;
  /** Copies under way at the most; more wait in a queue. */
  readonly shadowConcurrency: number;
  /** Copies that may wait; one more is dropped. */
  readonly shadowQueue: number;
  /** Milliseconds that a copy may be under way. */
  readonly shadowTimeout: number;
  /** Milliseconds that a copy may wait. */
  readonly queueTimeout: number;
  /** So late the event loop may be, in ms, before copies are given up for the sake of real requests. */
  readonly shadowLateness: number;
}

/** Sends copies of requests to shadows: so many at a time, the first to be dropped when there is too much to do. */
export class Shadows implements Sending {
  private readonly door: Door;
  private readonly desk: ShadowDesk;
  private readonly settings: ShadowSettings;
  private readonly context: TripContext;
  /** In the order of coming. */
  private readonly waiting = new Set<ShadowRequest>();
  private readonly underWay = new Set<ShadowRequest>();
  private cuts = NO_CUTS;
  private late = false;
  private stopped = false;

  constructor(door: Door, desk: ShadowDesk, settings: ShadowSettings, context: TripContext) {
    this.door = door;
    this.desk = desk;
    this.settings = settings;
    this.context = context;
  }

  /** What has to be seen of a request that the shadow is to get; undefined: it is not the time for copies. */
  look(request: BegunRequest, plan: ShadowPlan): Wanted | undefined {
    const { settings, desk } = this;
    const full = this.waiting.size >= settings.shadowQueue && this.underWay.size >= settings.shadowConcurrency;
    const why = this.stopped ? "stopped" : this.late ? "load" : full ? "queue_full" : undefined;
    if (why === undefined) return new ShadowRequest(this, request, plan, settings.shadowLimit);
    desk.onDropped(plan, why, false);
    return undefined;
  }

  /** To be called about every `ms` milliseconds; `elapsed`: those that have passed since the last call. */
  turn(ms: number, elapsed: number): void {
    this.late = elapsed - ms > this.settings.shadowLateness;
    const now = this.context.now();
    for (const request of this.waiting) {
      if (now - request.since < this.settings.queueTimeout) break;
      request.drop("queue_timeout");
    }
    const cuts = this.door.currentRules()?.cuts ?? NO_CUTS;
    if (cuts === this.cuts) return;
    this.cuts = cuts;
    this.dropCut(cuts);
  }

  /** Drops what a version, or a slice of it, has in hand. */
  abort({ route, version, ...slice }: CutTarget): void {
    this.dropCut(new Map([[cutKey(route, version), [slice]]]));
  }

  stop(): void {
    this.stopped = true;
    for (const request of [...this.waiting, ...this.underWay]) request.drop("stopped");
  }

  // ─── what its requests tell ────────────────────────────────────────────────────────────────────────────────────────

  offer(request: ShadowRequest): void {
    const { shadowConcurrency, shadowQueue } = this.settings;
    if (this.waiting.size >= shadowQueue + shadowConcurrency - this.underWay.size) {
      request.drop("queue_full");
      return;
    }
    request.since = this.context.now();
    this.waiting.add(request);
    // What clients wait for leaves at the end of this round of events: that comes first.
    if (this.waiting.size === 1) setImmediate(() => this.next());
  }

  onDropped(request: ShadowRequest, why: ShadowDrop, sent: boolean): void {
    this.desk.onDropped(request.plan, why, sent);
    this.forget(request);
  }

  onEnd(request: ShadowRequest, outcome: Outcome): void {
    this.desk.onEnd(request.plan, outcome);
    this.forget(request);
  }

  onPair(pair: AnswerPair): void {
    this.desk.onPair(pair);
  }

  private forget(request: ShadowRequest): void {
    this.waiting.delete(request);
    if (this.underWay.delete(request)) this.next();
  }

  private next(): void {
    for (const request of this.waiting) {
      if (this.stopped || this.underWay.size >= this.settings.shadowConcurrency) return;
      this.waiting.delete(request);
      this.send(request);
    }
  }

  private send(request: ShadowRequest): void {
    const { plan, decision } = request;
    if (isShadowCut(plan, decision.rule, request, this.door.currentRules()?.cuts ?? NO_CUTS)) {
      request.drop("cut");
      return;
    }
    const pool = this.context.pools.chooseWell(plan.version);
    if (pool === undefined) {
      request.drop("left_out");
      return;
    }
    this.underWay.add(request);
    this.desk.onSent(plan);
    request.go(this.context, pool);
  }

  private dropCut(cuts: typeof NO_CUTS): void {
    for (const request of [...this.waiting, ...this.underWay]) {
      if (isShadowCut(request.plan, request.decision.rule, request, cuts)) request.drop("cut");
    }
  }
}
