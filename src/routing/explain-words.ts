import { BUCKETS } from "./bucket.ts";
import type { Change } from "./changes.ts";
import type { CutSlice } from "./cuts.ts";
import type { BucketTrail, Explanation, Miss, ShadowTrail } from "./explain.ts";
import type { Unread } from "./facts.ts";

const UNREAD_WORDS: Readonly<Record<Unread, string>> = {
  too_large: "The body is too large to read: what its first part tells is known, and nothing else that stands in it.",
  coding: "The body has a content coding that cannot be taken off: nothing that stands in it is known.",
};

/** The trail in sentences, in the order of what happened. */
export function wordsOf(trail: Omit<Explanation, "words">): readonly string[] {
  const { decision, entries, rules, changes } = trail;
  const unread = trail.unread === undefined ? [] : [UNREAD_WORDS[trail.unread]];
  const matched = entries.map(({ route, entry, misses }) => {
    const called = `entry ${entry + 1} of the route \`${route}\``;
    return misses.length === 0 ? `It matches ${called}.` : `It does not match ${called}: ${missesText(misses)}.`;
  });
  if (decision === undefined) return ["No route matches.", ...unread, ...matched];
  const words = [...unread, ...matched];
  for (const { rule, misses } of rules) {
    if (misses.length > 0) words.push(`The rule \`${rule}\` does not hold: ${missesText(misses)}.`);
  }
  words.push(because(trail));
  if (trail.ramp !== undefined) {
    words.push(`The share rises by a ramp (${trail.ramp.plan}), and is ${percent(trail.ramp.points)} now.`);
  }
  if (trail.shadow !== undefined) words.push(shadowText(trail.shadow));
  words.push(...changes.map(changeText));
  return words;
}

/** The one sentence that says what was decided, and by what. */
export function because({ decision, override, bucket, cuts }: Omit<Explanation, "words">): string {
  if (decision === undefined) return "No route matches.";
  const { rule, version, track, reason } = decision;
  const answers = `\`${version}\` (${track}) answers`;
  const by = override === undefined ? `the rule \`${rule}\` holds` : `\`x-canary: ${override}\` asks for it`;
  switch (reason) {
    case "override":
      return `${answers}: ${by}.`;
    case "no rule":
      return `${answers}: no rule holds.`;
    case "stateful":
      return `${answers}: the request builds on what a version keeps, and no rule that names \`stateful\` holds.`;
    case "fallback":
      return `${answers}: ${by}, but the candidate has failed.`;
    case "cut": {
      const cut = bucket?.slices.find((slice) => within(slice, bucket.bucket))?.version;
      const which = cut === undefined || override !== undefined ? "the candidate" : `\`${cut}\``;
      const [slice = {}] = cuts;
      return `${answers}: ${by}${bucketText(bucket, override)}, but ${which} is cut${sliceText(slice)}.`;
    }
    case "share":
    case "rest":
      if (bucket === undefined || bucket.slices.length === 0)
        return `${answers}: ${by}, and it gives nobody to a candidate.`;
      return `${answers}: ${by}${bucketText(bucket, override)}.`;
  }
}

function shadowText({ version, points, cut, copied }: ShadowTrail): string {
  const share = `${percent(points)} of such requests are copied`;
  if (cut) return `\`${version}\` gets no copy: it is cut.`;
  if (copied === undefined)
    return `\`${version}\` gets a copy or not, by a draw: ${share}, and this one has no sticky key.`;
  return `\`${version}\` gets ${copied ? "a copy, and nobody its answer" : "no copy"}: ${share}.`;
}

function bucketText(bucket: BucketTrail | undefined, override: string | undefined): string {
  if (bucket === undefined || override !== undefined) return "";
  const { source, absent, slices } = bucket;
  const from =
    source === undefined ? `drawn${absent.length === 0 ? "" : ` for want of ${codes(absent)}`}` : `from \`${source}\``;
  const owners = slices
    .filter((slice, i) => i < 5 || within(slice, bucket.bucket))
    .map(({ version, from, to }) => `\`${version}\` has ${from} to ${to - 1}`);
  const [first] = slices;
  if (first !== undefined && first.to - first.from === BUCKETS)
    return `, and it gives everybody to \`${first.version}\``;
  const sum = slices.reduce((sum, { from, to }) => sum + to - from, 0);
  const rest = sum === BUCKETS ? "" : `, stable the other ${percent(BUCKETS - sum)}`;
  return `, and of the buckets 0 to ${BUCKETS - 1} ${owners.join(", ")}${rest}; this one is ${bucket.bucket} (${from})`;
}

function within({ from, to }: { readonly from: number; readonly to: number }, bucket: number): boolean {
  return bucket >= from && bucket < to;
}

function changeText(change: Change): string {
  switch (change.kind) {
    case "share": {
      const { rule, version, bound, points } = change;
      return `It would be otherwise if the rule \`${rule}\` gave ${bound} ${percent(points)} to \`${version}\`.`;
    }
    case "rule":
      return `It would be otherwise if the rule \`${change.rule}\` held.`;
    case "restore":
      return `It would be otherwise if \`${change.version}\` were restored${sliceText(change)}.`;
    case "cut":
      return `It would be otherwise if \`${change.version}\` were cut.`;
    case "x-canary":
      if (change.value === undefined) return "It would be otherwise without `x-canary`.";
      return `It would be otherwise with \`x-canary: ${change.value}\`.`;
  }
}

/** Of what a cut is, where it is not of a whole version. */
export function sliceText({ rule, modality }: CutSlice): string {
  const under = rule === undefined ? "" : ` under the rule \`${rule}\``;
  return modality === undefined ? under : `${under} for \`${modality}\``;
}

function missesText(misses: readonly Miss[]): string {
  return misses.map(missText).join("; ");
}

function missText({ fact, wanted, found, present }: Miss): string {
  if (fact === "between") return `it holds from ${wanted.join(" until ")}, and it is ${found}`;
  if (fact === "stateful" && wanted.includes("false"))
    return "the request is stateful, which the rule does not ask for";
  const is = found !== undefined ? `is \`${found}\`` : present ? "is another one" : "is not known";
  return `its ${fact} ${is}, not ${codes(wanted)}`;
}

/** `a`, `b` or one of 98 more. */
function codes(words: readonly string[]): string {
  const shown = words.slice(0, 5).map((word) => `\`${word}\``);
  if (words.length > 5) shown.push(`one of ${words.length - 5} more`);
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} or ${last}`;
}

function percent(points: number): string {
  return `${points / 100} %`;
}
