import type { AgreementVerdict } from "../../guard/agreement.ts";
import type { Verdict } from "../../guard/verdict.ts";
import type { VersionNumbers } from "../../metrics/router-metrics.ts";
import { type Cuts, cutKey, isWhole, NO_CUTS } from "../../routing/cuts.ts";
import type { Route, Shadow, Version } from "../../routing/rules.ts";
import type { RampStanding } from "../../store/live-ramps.ts";
import type { CurrentRules } from "../../store/live-rules.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { Routes } from "../shapes/routes.ts";
import type { RulesDesk } from "./edits.ts";
import { type RampsDesk, shownRamp } from "./ramps.ts";

/** The numbers of this replica since its start. */
export type Numbers = () => Iterable<VersionNumbers>;

/** The endpoints of a version that are left out on this replica, for their failures. */
export type LeftOut = (version: Version) => readonly string[];

/** What the guard thinks of each candidate. */
export type Verdicts = () => readonly (Verdict & { readonly route: string })[];

/** What the shadows of this replica have done since its start. */
export type Shadows = () => readonly ShadowStanding[];

export interface ShadowStanding {
  readonly route: string;
  readonly version: string;
  /** Copies that it has answered or failed. */
  readonly requests: number;
  readonly failures: number;
  /** Requests of its share that were not sent, or given up. */
  readonly dropped: number;
  readonly inFlight: number;
  /** Pairs of answers. */
  readonly compared: number;
  readonly agreed: number;
  /** What the guard thinks of that; undefined: it does not look. */
  readonly agreement: AgreementVerdict | undefined;
}

/** What is going on: routes, versions, the shares that are asked for, and what became of requests. */
export function routesEndpoint(
  rules: Pick<RulesDesk, "current">,
  numbers: Numbers,
  leftOut: LeftOut,
  ramps: Pick<RampsDesk, "standings">,
  verdicts: Verdicts,
  shadows: Shadows,
): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/routes",
    about: "The routes in force, the shares that their rules ask for, and the numbers of this replica since its start.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    answers: { 200: { about: "The live state", type: "application/json", schema: Routes } },
    handle() {
      const current = rules.current();
      return {
        status: 200,
        json: {
          revision: current?.revision ?? 0,
          from: current?.from ?? "nowhere",
          routes:
            current === undefined
              ? []
              : routesOf(current, [...numbers()], leftOut, ramps.standings(), verdicts(), shadows()),
        },
      };
    },
  });
}

function routesOf(
  { table, cuts }: CurrentRules,
  numbers: readonly VersionNumbers[],
  leftOut: LeftOut,
  ramps: readonly RampStanding[],
  verdicts: ReturnType<Verdicts>,
  shadows: ReturnType<Shadows>,
) {
  const stateOf = (route: Route, version: Version, track: "stable" | "candidate", cuts: Cuts) => ({
    ...versionOf(route, version, track, cuts, numbers),
    leftOut: [...leftOut(version)],
  });
  return table.routes.map(({ route }) => ({
    name: route.name,
    versions: [
      stateOf(route, route.stable, "stable", NO_CUTS),
      ...route.candidates.map((one) => {
        const verdict = verdicts.find((is) => is.route === route.name && is.version === one.version);
        return {
          ...stateOf(route, one, "candidate", cuts),
          ...(verdict === undefined ? {} : { verdict: shownVerdict(verdict) }),
        };
      }),
    ],
    sandbox: (route.sandbox ?? []).map(({ version, endpoints }) => ({
      ...{ version, endpoints },
      ...cutOf(cuts, route.name, version),
    })),
    shadow: shownShadow(route.shadow),
    shadows: shadows.filter((one) => one.route === route.name).map(({ route: _, ...shadow }) => shadow),
    rules: route.rules.map(({ name, shares, ramp, shadow }) => ({
      name,
      shadow: shownShadow(shadow),
      shares: shares.map(({ version, points }) => ({ version, percent: points / 100 })),
      ramp: ramp && rampOf(ramps, route.name, name),
    })),
  }));
}

function shownShadow(shadow: Shadow | undefined) {
  return shadow && { version: shadow.version, percent: shadow.points / 100 };
}

function cutOf(cuts: Cuts, route: string, version: string) {
  const slices = cuts.get(cutKey(route, version)) ?? [];
  return { cut: slices.some(isWhole), cutSlices: slices.filter((slice) => !isWhole(slice)) };
}

function rampOf(ramps: readonly RampStanding[], route: string, rule: string) {
  const found = ramps.find((one) => one.route.name === route && one.rule.name === rule);
  return found && shownRamp(found);
}

/** For JSON, which has no infinity. */
function shownVerdict({ verdict, sentence, bothBad, observeOnly, signals, findings }: Verdict) {
  return {
    verdict,
    sentence,
    bothBad,
    observeOnly,
    findings,
    signals: signals.map(({ ratio: { low, high }, ...signal }) => ({
      ...signal,
      ratio: { low, high: Number.isFinite(high) ? high : undefined },
    })),
  };
}

function versionOf(
  { name }: Route,
  { version, endpoints }: Version,
  track: "stable" | "candidate",
  cuts: Cuts,
  numbers: readonly VersionNumbers[],
) {
  const own = numbers.find((one) => one.route === name && one.version === version && one.track === track);
  const { requests = 0, failures = 0, inFlight = 0 } = own ?? {};
  return { version, track, ...cutOf(cuts, name, version), endpoints, requests, failures, inFlight };
}
