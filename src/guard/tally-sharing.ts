import { z } from "zod";
import { SIGNALS } from "../routing/auto-cut.ts";
import type { Route } from "../routing/rules.ts";
import type { Guard, TallyName } from "./guard.ts";

/** A board on which replicas keep rows of numbers: each its own, and all can read them. Never rejects. */
export interface Board {
  exchange(
    replica: string,
    since: number,
    own: readonly (readonly [name: string, numbers: Float64Array])[],
  ): Promise<Exchanged>;
}

type Exchanged =
  | {
      readonly kind: "numbers";
      readonly at: number;
      readonly others: readonly { readonly from: string; readonly name: string; readonly numbers: Float64Array }[];
    }
  | { readonly kind: "unavailable"; readonly why: string };

/** A candidate whose tallies are shared. */
export interface OnTrial {
  readonly route: Route;
  readonly version: string;
  /** When it began anew: what was told before counts no more. */
  readonly since: number;
}

/** Of whom, and of what, a row on the board is. What is named otherwise is another's. */
const RowName = z
  .string()
  .transform((text): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  })
  .pipe(z.tuple([z.string(), z.string(), z.string(), z.number(), z.string(), z.string(), z.enum(SIGNALS)]));

/** After so many exchanges all is told and read once more: a board may lose something without saying so. */
const TRUSTED = 240;

/** Keeps the sums of all replicas in a guard: what it has seen goes to the board, and what others have is heard. */
export class TallySharing {
  private readonly guard: Guard;
  private readonly board: Board;
  private readonly replica: string;
  /** As the board has them. */
  private told = new Map<string, Float64Array>();
  /** What others have put there, by name and replica. */
  private readonly heard = new Map<string, Map<string, Float64Array>>();
  private at = 0;
  private exchanges = 0;

  constructor(guard: Guard, board: Board, replica: string) {
    this.guard = guard;
    this.board = board;
    this.replica = replica;
  }

  /** @returns why the board cannot be reached; undefined: all was exchanged. */
  async exchange(onTrial: readonly OnTrial[]): Promise<string | undefined> {
    const { guard, board, replica } = this;
    if (++this.exchanges % TRUSTED === 0) this.begin();
    const own = onTrial.flatMap((one) =>
      [...guard.tallies(one.route, one.version)].flatMap(({ sums, ...name }) => {
        const row = rowName(one, name);
        return isSame(sums, this.told.get(row)) ? [] : [[row, sums.slice()] as const];
      }),
    );
    const answer = await board.exchange(replica, this.at, own);
    if (answer.kind === "unavailable") return answer.why;
    if (answer.at < this.at) {
      // It has lost what it had: it gets all of ours again next time, and so it does from the others.
      this.begin();
      return undefined;
    }
    this.at = answer.at;
    for (const [row, sums] of own) this.told.set(row, sums);
    const changed = new Set<string>();
    for (const { from, name, numbers } of answer.others) {
      const rows = this.heard.get(name) ?? new Map<string, Float64Array>();
      this.heard.set(name, rows.set(from, numbers));
      changed.add(name);
    }
    for (const row of changed) this.pass(row, onTrial);
    return undefined;
  }

  /** A candidate has begun anew, or is gone: nothing of what was told of it counts any more. */
  keep(onTrial: readonly OnTrial[]): void {
    for (const rows of [this.told, this.heard]) {
      for (const row of rows.keys()) if (subjectOf(row, onTrial) === undefined) rows.delete(row);
    }
  }

  private begin(): void {
    this.at = 0;
    this.told.clear();
  }

  private pass(row: string, onTrial: readonly OnTrial[]): void {
    const subject = subjectOf(row, onTrial);
    if (subject === undefined) return;
    const rows = [...(this.heard.get(row)?.values() ?? [])];
    const sum = Float64Array.from({ length: rows[0]?.length ?? 0 }, (_, i) =>
      rows.reduce((all, numbers) => all + (numbers[i] ?? 0), 0),
    );
    this.guard.hear(subject.route, subject.version, subject.name, sum);
  }
}

function rowName({ route, version, since }: OnTrial, { rule, modality, signal }: TallyName): string {
  return JSON.stringify([route.name, version, route.stable.version, since, rule, modality, signal]);
}

function subjectOf(row: string, onTrial: readonly OnTrial[]): (OnTrial & { readonly name: TallyName }) | undefined {
  const parsed = RowName.safeParse(row);
  if (!parsed.success) return undefined;
  const [name, version, stable, since, rule, modality, signal] = parsed.data;
  const one = onTrial.find(({ route, ...is }) => {
    return route.name === name && is.version === version && route.stable.version === stable && is.since === since;
  });
  const isKnown = one?.route.rules.some((own) => own.name === rule) ?? false;
  return one && isKnown ? { ...one, name: { rule, modality, signal } } : undefined;
}

function isSame(sums: Float64Array, other: Float64Array | undefined): boolean {
  return other?.every((number, i) => number === sums[i]) ?? false;
}
