import type { Signal } from "../routing/auto-cut.ts";
import type { Counted, Judgement, Pace, Terms } from "./sequential.ts";

const WHAT: Readonly<Record<Signal, string>> = {
  failures: "failed",
  overload: "were turned away (429, 503)",
  refusals: "were refused (4xx)",
  firstByte: "began later than 95 % of stable's do",
  duration: "took longer than 95 % of stable's do",
  feedback: "were not liked",
};

/** A judgement in one sentence or two, for people. */
export function sentenceOf(judged: Omit<Judgement, "sentence">, terms: Terms, pace: Pace | undefined): string {
  const { candidate, stable, signal, ratio } = judged;
  const both = judged.bothBad ? ` Stable does no better than ${percent(terms.floor)} either: look at both.` : "";
  const seen =
    candidate.requests === 0
      ? "The candidate has had no requests yet"
      : `${of(candidate, "the candidate's")} ${WHAT[signal]}, ${of(stable, "stable's")}`;
  const sure = `with ${percent(1 - terms.falseAlarm)} confidence`;
  switch (judged.verdict) {
    case "bad":
      return `${seen}: the odds are more than ${Math.max(ratio.low, terms.tolerance)} times stable's ${sure}.`;
    case "good":
      return ratio.high < Number.POSITIVE_INFINITY
        ? `${seen}: the odds are less than ${ratio.high} times stable's ${sure}.${both}`
        : `${seen}: that is as good as stable, or less than matters.${both}`;
    case "not enough data":
      return judged.oneCallers
        ? `${seen}: not enough data, because nearly all of that happened to one caller, who may be the reason.${both}`
        : `${seen}: not enough data. ${needs(judged.needs, pace)}${both}`;
  }
}

function of({ requests, events }: Counted, whose: string): string {
  return requests === 0
    ? `none of ${whose} requests yet`
    : `${percent(events / requests)} of ${whose} ${count(requests)}`;
}

function needs(requests: number | undefined, pace: Pace | undefined): string {
  if (requests === undefined) return "A verdict cannot be foreseen at these rates.";
  const about = count(Number(requests.toPrecision(2)));
  const more = `A verdict needs about ${about} more ${about === "1" ? "request" : "requests"} of the candidate's`;
  if (pace === undefined || !(pace.perSecond > 0)) return `${more}.`;
  return `${more}, ${duration(requests / pace.perSecond)} at ${percent(pace.share)}.`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${count(Math.round(seconds / 86_400))} days`;
}

/** 12345 → 12,345, the same wherever the process runs. */
function count(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three digits at most, but 99.9 and 99.99 stay apart from 100. */
function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(rate > 0.99 ? 5 : 3))} %`;
}
