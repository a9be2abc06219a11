import { z } from "zod";
import { SIGNALS } from "../routing/auto-cut.ts";
import type { Route } from "../routing/rules.ts";
import type { Agreements } from "./agreement.ts";
import type { Shared } from "./board-sharing.ts";
import type { Guard } from "./guard.ts";

/** A version of which all replicas are to know what each has seen. */
export interface OnTrial {
  readonly route: Route;
  readonly version: string;
  /** When it began anew: what was told before counts no more. */
  readonly since: number;
}

/** Who is on trial at the moment. */
type Trials = () => readonly OnTrial[];

const Json = z.string().transform((text): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
});
/** Route, version, the version it is held against, and since when; then of what a row is. */
const Subject = [z.string(), z.string(), z.string(), z.number()] as const;
const TallyRow = Json.pipe(z.tuple([...Subject, z.string(), z.string(), z.enum(SIGNALS)]));
const AgreementRow = Json.pipe(z.tuple([...Subject, z.literal("agreement"), z.string()]));

/** The guard's tallies of candidates: `trials` by rule, modality and signal. */
export function tallyRows(guard: Guard, trials: Trials): Shared {
  const find = (row: string) => {
    const parsed = TallyRow.safeParse(row).data;
    const one = parsed && subjectIn(trials(), parsed);
    if (parsed === undefined || one === undefined) return undefined;
    const [, , , , rule, modality, signal] = parsed;
    return one.route.rules.some(({ name }) => name === rule) ? { ...one, name: { rule, modality, signal } } : undefined;
  };
  return {
    *rows() {
      for (const one of trials()) {
        for (const { sums, rule, modality, signal } of guard.tallies(one.route, one.version)) {
          yield [JSON.stringify([...subjectOf(one), rule, modality, signal]), sums];
        }
      }
    },
    knows: (row) => find(row) !== undefined,
    hear(row, sums) {
      const found = find(row);
      if (found !== undefined) guard.hear(found.route, found.version, found.name, sums);
    },
  };
}

/** How often shadows agree, by modality. */
export function agreementRows(agreements: Agreements, trials: Trials): Shared {
  const find = (row: string) => {
    const parsed = AgreementRow.safeParse(row).data;
    const one = parsed && subjectIn(trials(), parsed);
    return parsed && one && { ...one, modality: parsed[5] };
  };
  return {
    *rows() {
      for (const one of trials()) {
        for (const [modality, sums] of agreements.sums(one.route.name, one.version)) {
          yield [JSON.stringify([...subjectOf(one), "agreement", modality]), sums];
        }
      }
    },
    knows: (row) => find(row) !== undefined,
    hear(row, sums) {
      const found = find(row);
      if (found !== undefined) agreements.hear(found.route, found.version, found.modality, sums);
    },
  };
}

function subjectOf({ route, version, since }: OnTrial) {
  return [route.name, version, route.stable.version, since] as const;
}

function subjectIn(
  trials: readonly OnTrial[],
  [name, version, stable, since]: readonly [string, string, string, number, ...unknown[]],
): OnTrial | undefined {
  return trials.find(({ route, ...is }) => {
    return route.name === name && is.version === version && route.stable.version === stable && is.since === since;
  });
}
