import type { Route, Rule, Rules } from "../../src/routing/rules.ts";

/** A route that takes every request and has one candidate, unless it says otherwise. */
export function routeWith(route: Partial<Route>): Route {
  const name = route.name ?? "chat";
  return {
    name,
    match: [{ path: undefined, conditions: [] }],
    stable: { version: "stable", endpoints: ["http://127.0.0.1:1"] },
    candidates: [{ version: "candidate", endpoints: ["http://127.0.0.1:2"] }],
    stickyBy: [{ from: "customer" }],
    rules: [],
    modality: { from: "derived" },
    override: false,
    salt: name,
    ...route,
  };
}

/** A rule for everybody; points are 0.01 %. */
export function everyone(...shares: readonly (readonly [version: string, points: number])[]): Rule {
  return { name: "everyone", when: [], shares: shares.map(([version, points]) => ({ version, points })) };
}

export function rulesWith(...routes: readonly Route[]): Rules {
  return { customers: { id: [], type: [], defaultType: "standard", types: [], jwt: undefined }, routes, tests: [] };
}
