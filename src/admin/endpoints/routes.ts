import type { Verdict } from "../../guard/verdict.ts";
import type { VersionNumbers } from "../../metrics/router-metrics.ts";
import { type Cuts, cutKey, isWhole, NO_CUTS } from "../../routing/cuts.ts";
import type { Route, Version } from "../../routing/rules.ts";
import type { RampStanding } from "../../store/live-ramps.ts";
import type { CurrentRules } from "../../store/live-rules.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import type { RulesDesk } from "./edits.ts";
import { type RampsDesk, shownRamp } from "./ramps.ts";
import { Routes } from "./shapes.ts";

/** The numbers of this replica since its start. */
export type Numbers = () => Iterable<VersionNumbers>;

/** The endpoints of a version that are left out on this replica, for their failures. */
export type LeftOut = (version: Version) => readonly string[];

/** What the guard thinks of each candidate. */
export type Verdicts = () => readonly (Verdict & { readonly route: string })[];

/** What is going on: routes, versions, the shares that are asked for, and what became of requests. */
export function routesEndpoint(
  rules: Pick<RulesDesk, "current">,
  numbers: Numbers,
  leftOut: LeftOut,
  ramps: Pick<RampsDesk, "standings">,
  verdicts: Verdicts,
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
            current === undefined ? [] : routesOf(current, [...numbers()], leftOut, ramps.standings(), verdicts()),
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
    rules: route.rules.map(({ name, shares, ramp }) => ({
      name,
      shares: shares.map(({ version, points }) => ({ version, percent: points / 100 })),
      ramp: ramp && rampOf(ramps, route.name, name),
    })),
  }));
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
  const slices = cuts.get(cutKey(name, version)) ?? [];
  const [cut, cutSlices] = [slices.some(isWhole), slices.filter((slice) => !isWhole(slice))];
  return { version, track, cut, cutSlices, endpoints, requests, failures, inFlight };
}
