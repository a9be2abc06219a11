import type { Route, Rule, Rules } from "../routing/rules.ts";
import { withScalar } from "./edit-yaml.ts";
import { pathText } from "./path.ts";
import { child, type Place, rootPlace } from "./place.ts";
import { readRules } from "./read-rules.ts";
import { type RuleError, ruleErrors, shown } from "./rule-error.ts";
import { readShare } from "./shares.ts";
import { closest, listed } from "./suggestion.ts";
import { treeOf } from "./yaml-tree.ts";

/** One share of the document and what it shall be. */
export interface ShareEdit {
  readonly route: string;
  readonly rule: string;
  /** undefined: the one candidate that the rule names. */
  readonly version?: string | undefined;
  /** As it shall be written: `10%`. */
  readonly share: string;
}

export type EditedRules =
  /** `lowered`: nobody gets more than before, so it must not wait for tests; those that fail are among what a reading warns of. */
  | { readonly kind: "edited"; readonly text: string; readonly lowered: boolean }
  /** Never empty. */
  | { readonly kind: "refused"; readonly errors: readonly RuleError[] };

/**
 * Changes the share that one rule gives, and no other byte of the text: comments, order and formatting stay. Refuses what
 * would not be read back as exactly that. Never throws.
 */
export function setShare(text: string, { route, rule, version, share }: ShareEdit): EditedRules {
  const before = readRules(text, "told");
  if (before.kind === "refused") return before;
  const { root } = treeOf(text);
  const refused = (place: Place | undefined, message: string): EditedRules => {
    const mistake = { offset: place?.offset ?? 0, path: pathText(place?.path), message };
    return { kind: "refused", errors: ruleErrors([mistake], text) };
  };
  const target = locate(before.rules, root && rootPlace(root), route, rule, version);
  if (target.kind === "nowhere") return refused(target.place, target.message);
  const points = readShare(share);
  if (points.kind === "wrong") return refused(target.scalar, points.message);
  const edited = target.scalar.node && withScalar(text, target.scalar.node, share);
  const given = target.rule.shares.find((one) => one.version === target.version)?.points ?? 0;
  const lowered = points.value <= given;
  const after = edited === undefined ? undefined : readRules(edited, lowered ? "told" : "refused");
  if (after?.kind === "refused") return after;
  const wanted = JSON.stringify(withShare(before.rules, target, points.value));
  if (edited !== undefined && JSON.stringify(after?.rules) === wanted) return { kind: "edited", text: edited, lowered };
  const why = "cannot be changed alone, because it is written over several lines or used elsewhere by an alias";
  return refused(target.scalar, `This share ${why}: write it out as ${shown(share)} here.`);
}

type Target =
  | {
      readonly kind: "at";
      readonly scalar: Place;
      readonly route: Route;
      readonly rule: Rule;
      readonly version: string;
    }
  | { readonly kind: "nowhere"; readonly place: Place | undefined; readonly message: string };

function locate(
  { routes }: Rules,
  root: Place | undefined,
  routeName: string,
  ruleName: string,
  asked: string | undefined,
): Target {
  const nowhere = (place: Place | undefined, message: string): Target => ({ kind: "nowhere", place, message });
  const routesPlace = root && child(root, "routes");
  const route = routes.find(({ name }) => name === routeName);
  if (route === undefined || routesPlace === undefined) {
    return nowhere(routesPlace, unknown(`There is no route ${shown(routeName)}`, routeName, routes.map(nameOf)));
  }
  const routePlace = child(routesPlace, routes.indexOf(route));
  const rule = route.rules.find(({ name }) => name === ruleName);
  if (rule === undefined) {
    return nowhere(
      routePlace,
      unknown(`The route ${shown(routeName)} has no rule ${shown(ruleName)}`, ruleName, route.rules.map(nameOf)),
    );
  }
  const place = child(child(routePlace, "rules"), route.rules.indexOf(rule));
  if (rule.ramp !== undefined) {
    const repair = "change the steps of the ramp, or pause, skip or abort it";
    return nowhere(child(place, "ramp"), `The share of the rule ${shown(ruleName)} rises by a ramp: ${repair}.`);
  }
  const given = rule.shares.map(({ version }) => version);
  const [first, second] = given;
  if (first === undefined || (asked === undefined && second !== undefined)) {
    return nowhere(place, `The rule ${shown(ruleName)} splits between ${listed(given)}: say which version is meant.`);
  }
  if (asked !== undefined && !given.includes(asked)) {
    return nowhere(
      place,
      unknown(`The rule ${shown(ruleName)} gives no share to the version ${shown(asked)}`, asked, given),
    );
  }
  const version = asked ?? first;
  const one = child(place, "candidate");
  const scalar = one.node === undefined ? child(child(place, "split"), version) : one;
  return { kind: "at", scalar, route, rule, version };
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  if (meant !== undefined) return `${what}: did you mean ${shown(meant)}?`;
  return `${what}: there is ${listed(known)}.`;
}

function withShare(rules: Rules, at: Target & { readonly kind: "at" }, points: number): Rules {
  const shares = at.rule.shares.map((share) => (share.version === at.version ? { ...share, points } : share));
  const inRule = (rule: Rule): Rule => (rule === at.rule ? { ...rule, shares } : rule);
  const inRoute = (route: Route): Route => (route === at.route ? { ...route, rules: route.rules.map(inRule) } : route);
  return { ...rules, routes: rules.routes.map(inRoute) };
}
