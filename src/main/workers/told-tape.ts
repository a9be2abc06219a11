import type { Difference } from "../../inference/compare/likeness.ts";
import { COMPARISON_RESULTS, type ComparedNumbers, UNCOMPARED } from "../../metrics/shadow-cells.ts";
import type { Labels } from "../../proxy/door.ts";
import type { RequestId } from "../../proxy/express/request-ids.ts";
import { UNREAD, type Unread } from "../../routing/facts.ts";
import { FAILURES, type Failure, type Generated, type Outcome } from "../../routing/outcome.ts";
import { SHADOW_DROPS, type ShadowDrop } from "../../routing/shadow.ts";
import type { TapeReader, TapeWriter } from "./tape.ts";

/*
 * How what a lane tells is written on a tape and read from it: for each kind of value the writer, and below it the reader of
 * just that.
 */

/** What begins each entry: which function of the door was called. */
export const ENTRY = {
  decision: 0,
  moved: 1,
  unread: 2,
  outcome: 3,
  shadowSent: 4,
  shadowDropped: 5,
  shadowEnd: 6,
  compared: 7,
  captured: 8,
} as const;

/** Stands for a number that there is not. */
const NONE = Number.NaN;

function writeOptional(to: TapeWriter, value: number | undefined): void {
  to.number(value ?? NONE);
}

function readOptional(from: TapeReader): number | undefined {
  const value = from.number();
  return Number.isNaN(value) ? undefined : value;
}

const FAILURE_NUMBERS = new Map(FAILURES.map((failure, i) => [failure, i]));

export function writeFailure(to: TapeWriter, failure: Failure | undefined): void {
  writeOptional(to, failure && FAILURE_NUMBERS.get(failure));
}

export function readFailure(from: TapeReader): Failure | undefined {
  const number = readOptional(from);
  return number === undefined ? undefined : FAILURES[number];
}

export function readUnread(from: TapeReader): Unread {
  return oneOf(UNREAD, from);
}

export function readDrop(from: TapeReader): ShadowDrop {
  return oneOf(SHADOW_DROPS, from);
}

function oneOf<T>(words: readonly T[], from: TapeReader): T {
  const number = from.number();
  const word = words[number];
  if (word === undefined) throw new RangeError(`the tape has a word ${number} of ${words.length}`);
  return word;
}

export function writeLabels(to: TapeWriter, { customerType, modality, caller }: Labels): void {
  to.word(customerType);
  to.word(modality);
  writeOptional(to, caller);
}

export function readLabels(from: TapeReader): Labels {
  return { customerType: from.word(), modality: from.word(), caller: readOptional(from) };
}

export function writeOutcome(to: TapeWriter, outcome: Outcome): void {
  to.number(outcome.status);
  writeFailure(to, outcome.failure);
  to.number(outcome.left === true ? 1 : 0);
  writeOptional(to, outcome.firstByte);
  to.number(outcome.duration);
  to.number(outcome.overhead);
  const { generated } = outcome;
  writeOptional(to, generated?.promptTokens);
  if (generated === undefined) return;
  to.number(generated.completionTokens);
  to.number(generated.firstToken);
}

export function readOutcome(from: TapeReader): Outcome {
  return {
    status: from.number(),
    failure: readFailure(from),
    left: from.number() === 1,
    firstByte: readOptional(from),
    duration: from.number(),
    overhead: from.number(),
    generated: readGenerated(from),
  };
}

function readGenerated(from: TapeReader): Generated | undefined {
  const promptTokens = readOptional(from);
  if (promptTokens === undefined) return undefined;
  return { promptTokens, completionTokens: from.number(), firstToken: from.number() };
}

export function writeComparison(
  to: TapeWriter,
  { result, similarity, durationRatio, tokensRatio }: ComparedNumbers,
): void {
  const isCompared = typeof result === "string";
  to.number(isCompared ? 1 : 0);
  to.number(isCompared ? COMPARISON_RESULTS.indexOf(result) : UNCOMPARED.indexOf(result.uncompared));
  writeOptional(to, similarity);
  writeOptional(to, durationRatio);
  writeOptional(to, tokensRatio);
}

export function readComparison(from: TapeReader): ComparedNumbers {
  return {
    result: from.number() === 1 ? oneOf(COMPARISON_RESULTS, from) : { uncompared: oneOf(UNCOMPARED, from) },
    similarity: readOptional(from),
    durationRatio: readOptional(from),
    tokensRatio: readOptional(from),
  };
}

export function writeDifference(to: TapeWriter, difference: Difference | undefined): void {
  to.number(difference === undefined ? 0 : 1);
  if (difference === undefined) return;
  to.text(difference.where);
  to.text(difference.primary);
  to.text(difference.shadow);
}

export function readDifference(from: TapeReader): Difference | undefined {
  return from.number() === 1 ? { where: from.text(), primary: from.text(), shadow: from.text() } : undefined;
}

/** The router's own are numbers from 1 on. */
const NO_ID = 0;
const NAMED = -1;

export function writeRequestId(to: TapeWriter, requestId: RequestId | undefined): void {
  if (typeof requestId !== "string") to.number(requestId ?? NO_ID);
  else {
    to.number(NAMED);
    to.text(requestId);
  }
}

export function readRequestId(from: TapeReader): RequestId | undefined {
  const number = from.number();
  if (number === NO_ID) return undefined;
  return number === NAMED ? from.text() : number;
}
