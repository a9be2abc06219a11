import type { Decision } from "../../routing/decision.ts";
import { decisionsOf } from "../../routing/decisions-of.ts";
import { type ShadowPlan, shadowPlan } from "../../routing/shadow.ts";
import type { Table } from "../../routing/table.ts";
import type { ForForwarding } from "../forwarding.ts";
import type { Batch, DecisionName } from "./calls.ts";
import { Introduced } from "./introductions.ts";
import { TapeReader } from "./tape.ts";
import {
  ENTRY,
  readComparison,
  readDifference,
  readDrop,
  readFailure,
  readLabels,
  readOutcome,
  readRequestId,
  readUnread,
} from "./told-tape.ts";

/**
 * Tells the house what one worker's lane has told, in terms of the tables of this process. What nothing here goes by the name
 * of any more is not counted: a request may take minutes to come to a decision of rules that several edits have replaced.
 */
export class Hearing {
  readonly #told: ForForwarding["told"];
  readonly #decisions: Introduced<Decision, DecisionName>;
  readonly #words: string[] = [];
  readonly #plans: Introduced<ShadowPlan, string>;

  /** @param tables those of late, the newest first. */
  constructor(told: ForForwarding["told"], tables: () => Iterable<Table>) {
    this.#told = told;
    this.#decisions = new Introduced((name) => firstIn(tables(), (table) => decisionIn(table, name)));
    this.#plans = new Introduced((cutKey) => firstIn(tables(), (table) => planIn(table, cutKey)));
  }

  /** @throws RangeError when the batch is none. */
  take({ decisions, plans, ...written }: Batch): void {
    this.#decisions.introduce(decisions.introduced);
    this.#plans.introduce(plans.introduced);
    const tape = new TapeReader(written, this.#words);
    while (!tape.atEnd) this.#entry(tape);
    this.#decisions.forget(decisions.forgotten);
    this.#plans.forget(plans.forgotten);
  }

  /** The worker has ended. @returns how many requests it had in hand. */
  lost(): number {
    for (const plan of this.#plans.takeInHand()) this.#told.shadows.onDropped(plan, "stopped", true);
    const lost = this.#decisions.takeInHand();
    for (const decision of lost) this.#told.onLost(decision);
    return lost.length;
  }

  #entry(tape: TapeReader): void {
    const entry = tape.number();
    if (entry === ENTRY.decision) this.#began(this.#decisions.get(tape.number()));
    else if (entry === ENTRY.moved) this.#moved(tape);
    else if (entry === ENTRY.outcome) this.#ended(tape);
    else if (entry === ENTRY.unread) this.#told.onUnread(readUnread(tape));
    else if (entry === ENTRY.captured) this.#captured(tape);
    else this.#shadow(entry, tape);
  }

  #began(decision: Decision | undefined): void {
    if (decision === undefined) return;
    this.#decisions.count(decision, 1);
    this.#told.onDecision(decision);
  }

  #moved(tape: TapeReader): void {
    const from = this.#decisions.get(tape.number());
    const to = this.#decisions.get(tape.number());
    const failure = readFailure(tape);
    const labels = readLabels(tape);
    if (from !== undefined) this.#decisions.count(from, -1);
    if (to !== undefined) this.#decisions.count(to, 1);
    if (from === undefined) {
      if (to !== undefined) this.#told.onDecision(to);
    } else if (to === undefined) this.#told.onLost(from);
    else this.#told.onMoved(from, to, failure, labels);
  }

  #ended(tape: TapeReader): void {
    const decision = this.#decisions.get(tape.number());
    const labels = readLabels(tape);
    const outcome = readOutcome(tape);
    const requestId = readRequestId(tape);
    if (decision === undefined) return;
    this.#decisions.count(decision, -1);
    this.#told.onOutcome(decision, labels, outcome, requestId);
  }

  #captured(tape: TapeReader): void {
    const decision = this.#decisions.get(tape.number());
    const requestId = tape.text();
    if (decision !== undefined) this.#told.onCaptured(requestId, decision);
  }

  #shadow(entry: number, tape: TapeReader): void {
    const { shadows } = this.#told;
    const plan = this.#plans.get(tape.number());
    if (entry === ENTRY.shadowSent) {
      if (plan === undefined) return;
      this.#plans.count(plan, 1);
      shadows.onSent(plan);
    } else if (entry === ENTRY.shadowDropped) {
      const why = readDrop(tape);
      const sent = tape.number() === 1;
      if (plan === undefined) return;
      if (sent) this.#plans.count(plan, -1);
      shadows.onDropped(plan, why, sent);
    } else if (entry === ENTRY.shadowEnd) {
      const outcome = readOutcome(tape);
      if (plan === undefined) return;
      this.#plans.count(plan, -1);
      shadows.onEnd(plan, outcome);
    } else if (entry === ENTRY.compared) {
      const decision = this.#decisions.get(tape.number());
      const about = { labels: readLabels(tape), requestId: tape.text(), path: tape.text() };
      const found = { numbers: readComparison(tape), difference: readDifference(tape) };
      if (plan === undefined || decision === undefined) return;
      shadows.onCompared({ plan, decision, ...about, ...found });
    } else throw new RangeError(`the tape has an entry ${entry}`);
  }
}

function firstIn<T>(tables: Iterable<Table>, find: (table: Table) => T | undefined): T | undefined {
  for (const table of tables) {
    const found = find(table);
    if (found !== undefined) return found;
  }
  return undefined;
}

function decisionIn({ routes }: Table, { route, rule, version, track, reason }: DecisionName): Decision | undefined {
  const found = routes.find((one) => one.route.name === route);
  for (const is of found === undefined ? [] : decisionsOf(found)) {
    const isSo = is.track === track && is.reason === reason && is.version.version === version;
    if (isSo && is.rule?.name === rule) return is;
  }
  return undefined;
}

function planIn({ routes }: Table, cutKey: string): ShadowPlan | undefined {
  for (const { route } of routes) {
    for (const rule of [undefined, ...route.rules]) {
      const plan = shadowPlan(route, rule);
      if (plan?.cutKey === cutKey) return plan;
    }
  }
  return undefined;
}
