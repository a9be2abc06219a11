import { compareLines } from "../../rules/text-diff.ts";

/** A stretch of three texts: the one that both began with, what I made of it, and what the others made of it. */
export interface Stretch {
  /** Who changed it; `alike`: both, to the same. */
  readonly by: "nobody" | "me" | "them" | "alike" | "both";
  readonly base: readonly string[];
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

/** What is taken of a stretch that both have changed. */
export type Choice = "mine" | "theirs" | "mine and theirs";

/** Lays three texts beside each other. The lines of each, put together again, are the whole text: nothing is lost. */
export function laidOut(base: string, mine: string, theirs: string): readonly Stretch[] {
  const [was, me, them] = [base.split("\n"), mine.split("\n"), theirs.split("\n")];
  const [inMine, inTheirs] = [kept(was, me), kept(was, them)];
  const stretches: Stretch[] = [];
  let at = { base: 0, mine: 0, theirs: 0 };
  const upTo = (base: number, mine: number, theirs: number): void => {
    const [old, my, their] = [was.slice(at.base, base), me.slice(at.mine, mine), them.slice(at.theirs, theirs)];
    if (old.length + my.length + their.length === 0) return;
    stretches.push({ by: byWhom(old, my, their), base: old, mine: my, theirs: their });
    at = { base, mine, theirs };
  };
  for (let line = 0; line < was.length; ) {
    // A run of lines that all three have.
    let length = 0;
    const [mine, theirs] = [inMine.get(line), inTheirs.get(line)];
    if (mine !== undefined && theirs !== undefined) {
      do length++;
      while (inMine.get(line + length) === mine + length && inTheirs.get(line + length) === theirs + length);
      upTo(line, mine, theirs);
      upTo(line + length, mine + length, theirs + length);
    }
    line += Math.max(1, length);
  }
  upTo(was.length, me.length, them.length);
  return stretches;
}

/** Where the lines of the old text that are still there stand in the new one. */
function kept(old: readonly string[], new_: readonly string[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  let [before, after] = [0, 0];
  for (const { mark } of compareLines(old, new_)) {
    if (mark === " ") found.set(before, after);
    if (mark !== "+") before++;
    if (mark !== "-") after++;
  }
  return found;
}

/** The text that comes of it; a stretch that both have changed is taken as `choices` says, by its place. */
export function merged(stretches: readonly Stretch[], choices: ReadonlyMap<number, Choice>): string {
  const lines = stretches.flatMap(({ by, mine, theirs }, i) => {
    if (by === "them") return theirs;
    if (by !== "both") return mine;
    const choice = choices.get(i) ?? "mine";
    return choice === "mine" ? mine : choice === "theirs" ? theirs : [...mine, ...theirs];
  });
  return lines.join("\n");
}

function byWhom(base: readonly string[], mine: readonly string[], theirs: readonly string[]): Stretch["by"] {
  if (same(mine, theirs)) return same(base, mine) ? "nobody" : "alike";
  if (same(base, theirs)) return "me";
  return same(base, mine) ? "them" : "both";
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, i) => line === other[i]);
}
