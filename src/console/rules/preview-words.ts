import type { PreviewAnswer } from "../api/editor-answers.ts";

type Group = PreviewAnswer["total"];

/** What a draft would have done with the last requests, the sum first: "312 of the last 10,000 requests would move". */
export function previewWords(preview: PreviewAnswer): { readonly sum: string; readonly details: readonly string[] } {
  const { total, customerTypes, modalities, unsure, inexact } = preview;
  const seen = total.seen.requests;
  const moves = moved(total);
  if (seen === 0) {
    const about =
      unsure.requests === 0
        ? "No requests have been seen yet"
        : `Nothing is known of the last ${count(unsure.requests, "request")}`;
    return { sum: `${about}, so nobody knows how many would move.`, details: unsureWords(unsure) };
  }
  const sum = `${number(moves)} of the last ${count(seen, "request")} would move${moves === 0 ? "" : `: ${directions(total)}`}.`;
  return {
    sum,
    details: [
      ...(moves === 0
        ? []
        : [parts("Who", customerTypes, (group) => count(callersOf(group), `${group.name} customer`))]),
      ...(moves === 0 ? [] : [parts("Requests", modalities, (group) => `${number(moved(group))} ${group.name}`)]),
      ...unsureWords(unsure),
      ...(inexact
        ? [
            "Who asks, or what keeps callers together, changes: the numbers are an estimate, and other callers may be meant.",
          ]
        : []),
    ],
  };
}

/** How many move, of all directions. */
export function moved({ moves }: Group): number {
  return Object.values(moves).reduce((sum, one) => sum + (one?.requests ?? 0), 0);
}

const TO: Readonly<Record<string, string>> = { "to candidate": "to a candidate" };

/** Different callers, or keys where the customer is not known; one that moves both ways counts twice. */
function callersOf({ moves }: Group): number {
  return Object.values(moves).reduce((sum, one) => sum + (one?.callers ?? 0), 0);
}

function directions({ moves }: Group): string {
  return Object.entries(moves)
    .map(
      ([direction, one]) => `${number(one?.requests ?? 0)} ${TO[direction] ?? direction}${callers(one?.callers ?? 0)}`,
    )
    .join(", ");
}

function callers(n: number): string {
  return n === 0 ? "" : ` (${count(n, "caller")})`;
}

type Named = PreviewAnswer["modalities"][number];

/** Those that move, the most first, and by name also those of whom none does. */
function parts(what: string, groups: readonly Named[], words: (group: Named) => string): string {
  return `${what}: ${groups.map((group) => words(group)).join(", ")}.`;
}

function unsureWords({ requests, missing }: PreviewAnswer["unsure"]): readonly string[] {
  if (requests === 0) return [];
  return [`${count(requests, "more request")} cannot be told: their ${missing.join(", ")} was not kept.`];
}

function count(n: number, what: string): string {
  return `${number(n)} ${what}${n === 1 ? "" : "s"}`;
}

function number(n: number): string {
  return n.toLocaleString("en-US");
}
