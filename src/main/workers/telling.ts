import type { Decision } from "../../routing/decision.ts";
import { UNREAD } from "../../routing/facts.ts";
import { SHADOW_DROPS, type ShadowPlan } from "../../routing/shadow.ts";
import type { Told } from "../forwarding.ts";
import type { Batch } from "./calls.ts";
import { Introductions } from "./introductions.ts";
import { TapeWriter } from "./tape.ts";
import {
  ENTRY,
  writeComparison,
  writeDifference,
  writeFailure,
  writeLabels,
  writeOutcome,
  writeRequestId,
} from "./told-tape.ts";

/** How long the primary may not know what has become of a request, in ms. */
const LATEST_MS = 10;
/** A tape of so many numbers is sent at once: some five hundred requests. */
const LONG = 8_192;

export interface Telling extends Told {
  /** Sends what has not been sent yet. */
  flush(): void;
}

/** Puts what a lane tells on tapes, which go to the primary a hundred times a second. */
export function telling(send: (batch: Batch) => void): Telling {
  const tape = new TapeWriter();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (tape.length === 0 && decisions.isEmpty && plans.isEmpty) return;
    send({ decisions: decisions.take(), plans: plans.take(), ...tape.take() });
  };
  const soon = (): void => {
    timer ??= setTimeout(flush, LATEST_MS);
  };
  const written = (): void => {
    if (tape.length >= LONG) flush();
    else soon();
  };
  const decisions = new Introductions(nameOf, soon);
  const plans = new Introductions(({ cutKey }: ShadowPlan) => cutKey, soon);

  return {
    flush,
    onDecision(decision) {
      tape.number(ENTRY.decision);
      tape.number(decisions.numberOf(decision));
      written();
    },
    onMoved(from, to, failure, labels) {
      tape.number(ENTRY.moved);
      tape.number(decisions.numberOf(from));
      tape.number(decisions.numberOf(to));
      writeFailure(tape, failure);
      writeLabels(tape, labels);
      written();
    },
    onUnread(why) {
      tape.number(ENTRY.unread);
      tape.number(UNREAD.indexOf(why));
      written();
    },
    onOutcome(decision, labels, outcome, requestId) {
      tape.number(ENTRY.outcome);
      tape.number(decisions.numberOf(decision));
      writeLabels(tape, labels);
      writeOutcome(tape, outcome);
      writeRequestId(tape, requestId);
      written();
    },
    onCaptured(requestId, decision) {
      tape.number(ENTRY.captured);
      tape.number(decisions.numberOf(decision));
      tape.text(requestId);
      written();
    },
    shadows: {
      onSent(plan) {
        tape.number(ENTRY.shadowSent);
        tape.number(plans.numberOf(plan));
        written();
      },
      onDropped(plan, why, sent) {
        tape.number(ENTRY.shadowDropped);
        tape.number(plans.numberOf(plan));
        tape.number(SHADOW_DROPS.indexOf(why));
        tape.number(sent ? 1 : 0);
        written();
      },
      onEnd(plan, outcome) {
        tape.number(ENTRY.shadowEnd);
        tape.number(plans.numberOf(plan));
        writeOutcome(tape, outcome);
        written();
      },
      onCompared({ plan, decision, labels, requestId, path, numbers, difference }) {
        tape.number(ENTRY.compared);
        tape.number(plans.numberOf(plan));
        tape.number(decisions.numberOf(decision));
        writeLabels(tape, labels);
        tape.text(requestId);
        tape.text(path);
        writeComparison(tape, numbers);
        writeDifference(tape, difference);
        written();
      },
    },
  };
}

function nameOf({ route, rule, version, track, reason }: Decision) {
  return { route: route.name, rule: rule?.name, version: version.version, track, reason };
}
