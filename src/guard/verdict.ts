import { type AutoCut, SIGNALS } from "../routing/auto-cut.ts";
import type { CutSlice } from "../routing/cuts.ts";
import { isWhole } from "../routing/cuts.ts";
import type { Opinion } from "./guard.ts";
import type { Judgement } from "./sequential.ts";

/** What is thought of a candidate, for people, metrics and ramps. */
export interface Verdict {
  readonly version: string;
  readonly verdict: Judgement["verdict"];
  /** Why, and what a verdict would take. */
  readonly sentence: string;
  /** Stable has too much of something as well: nothing to cut, something to look at. */
  readonly bothBad: boolean;
  /** Nothing is cut by itself. */
  readonly observeOnly: boolean;
  readonly signals: readonly Judgement[];
  /** What was found bad. */
  readonly findings: readonly (CutSlice & { readonly why: string })[];
}

/** `bad` when one signal is, `good` when all that are judged are. Slices that were found bad are told, and not counted in. */
export function verdictOf(version: string, { judgements, findings }: Opinion, settings: AutoCut): Verdict {
  const whole = findings.find(({ slice }) => isWhole(slice));
  const worst =
    judgements.find(({ verdict }) => verdict === "bad") ??
    judgements.find(({ verdict }) => verdict === "not enough data") ??
    judgements[0];
  const isOff = SIGNALS.every((signal) => settings[signal] === undefined);
  const said = whole?.why ?? worst?.sentence ?? (isOff ? "Nothing is judged: `autoCut` is off." : "");
  const slices = findings.flatMap(({ slice, why }) => (isWhole(slice) ? [] : [` ${inWords(slice)}: ${why}`]));
  return {
    version,
    verdict: whole === undefined ? (worst?.verdict ?? "not enough data") : "bad",
    sentence: said + slices.join(""),
    bothBad: judgements.some(({ bothBad }) => bothBad),
    observeOnly: settings.observeOnly,
    signals: judgements,
    findings: findings.map(({ slice, why }) => ({ ...slice, why })),
  };
}

function inWords({ rule, modality }: CutSlice): string {
  const of = [modality === undefined ? "" : ` of ${modality}`, rule === undefined ? "" : ` under "${rule}"`];
  return `Requests${of.join("")} were found bad alone`;
}
