import type { Facts } from "./facts.ts";

/** What can be cut: a candidate version of a route, or a slice of what it gets. */
export interface CutTarget extends CutSlice {
  readonly route: string;
  readonly version: string;
}

/** Requests for which this rule holds, those of this modality, or those of both; neither: all. */
export interface CutSlice {
  readonly rule?: string | undefined;
  readonly modality?: string | undefined;
}

/** What is cut, by `cutKey`. */
export type Cuts = ReadonlyMap<string, readonly CutSlice[]>;

export const NO_CUTS: Cuts = new Map();

/** Of a candidate version. */
export function cutKey(route: string, version: string): string {
  return `${route}\u0000${version}`;
}

export function cutsOf(targets: Iterable<CutTarget>): Cuts {
  const cuts = new Map<string, CutSlice[]>();
  for (const { route, version, rule, modality } of targets) {
    const key = cutKey(route, version);
    const slices = cuts.get(key) ?? [];
    if (slices.length === 0) cuts.set(key, slices);
    // The modality may be in the body, which is not read where another cut hits anyway.
    if (modality === undefined) slices.unshift({ rule, modality });
    else slices.push({ rule, modality });
  }
  return cuts;
}

export function isWhole({ rule, modality }: CutSlice): boolean {
  return rule === undefined && modality === undefined;
}

/** Whether the version of a `cutKey` gets nothing at all. */
export function isCut(cuts: Cuts, key: string): boolean {
  return cuts.get(key)?.some(isWhole) ?? false;
}

/** Whether a request is of the slice. `rule`: the name of the one that holds; undefined: none does. */
export function isHit(slice: CutSlice, rule: string | undefined, facts: Pick<Facts, "modality">): boolean {
  if (slice.rule !== undefined && slice.rule !== rule) return false;
  return slice.modality === undefined || slice.modality === facts.modality;
}
