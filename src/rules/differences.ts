import { planText } from "../routing/ramp.ts";
import type { Route, Rule, Rules, Shadow, Share, Version } from "../routing/rules.ts";

/** What an edit changes for the customers, a line for each change: `chat / everyone else: 5 % → 10 %`. */
export function differences(before: Rules, after: Rules): readonly string[] {
  const { routes: oldRoutes, ...oldRest } = before;
  const { routes: newRoutes, ...newRest } = after;
  return [
    ...restOf("", oldRest, newRest),
    ...pairs(oldRoutes, newRoutes, ({ name }) => name).flatMap((pair) => {
      if (pair.kind === "added") return [`${pair.key}: a new route`];
      if (pair.kind === "removed") return [`${pair.key}: the route is removed`];
      return ofRoute(pair.old, pair.new_);
    }),
    ...order("routes", oldRoutes, newRoutes),
  ];
}

function ofRoute(old: Route, new_: Route): string[] {
  const { name } = new_;
  const { rules: oldRules, stable: oldStable, candidates: oldCandidates, sandbox: oldSandbox, ...oldRest } = old;
  const { rules: newRules, stable: newStable, candidates: newCandidates, sandbox: newSandbox, ...newRest } = new_;
  const oneCandidate = oldCandidates.length <= 1 && newCandidates.length <= 1;
  return [
    ...ofVersion(`${name} / stable`, oldStable, newStable),
    ...pairs(oldCandidates, newCandidates, ({ version }) => (oneCandidate ? "" : version)).flatMap((pair) => {
      if (pair.kind === "added") return [`${name}: a new candidate ${pair.new_.version}`];
      if (pair.kind === "removed") return [`${name}: the candidate ${pair.old.version} is removed`];
      return ofVersion(`${name} / candidate`, pair.old, pair.new_);
    }),
    ...pairs(oldSandbox ?? [], newSandbox ?? [], ({ version }) => version).flatMap((pair) => {
      if (pair.kind === "added") return [`${name}: a new version in the sandbox, ${pair.new_.version}`];
      if (pair.kind === "removed") return [`${name}: the version ${pair.old.version} of the sandbox is removed`];
      return ofVersion(`${name} / sandbox`, pair.old, pair.new_);
    }),
    ...pairs(oldRules, newRules, (rule) => rule.name).flatMap((pair) => {
      const where = `${name} / ${pair.key}`;
      if (pair.kind === "added") return [`${where}: a new rule, ${sharesOf(pair.new_)}`];
      if (pair.kind === "removed") return [`${where}: the rule is removed, it gave ${sharesOf(pair.old)}`];
      return ofRule(where, pair.old, pair.new_);
    }),
    ...order(`the rules of ${name}`, oldRules, newRules),
    ...restOf(`${name}: `, inWords(oldRest), inWords(newRest)),
  ];
}

function inWords<T extends { readonly shadow?: Shadow | undefined }>(rest: T) {
  return { ...rest, shadow: rest.shadow && shadowText(rest.shadow) };
}

function shadowText({ version, points, keepsCredentials, withClient }: Shadow): string {
  const credentials = keepsCredentials ? ", with the client's credentials" : "";
  return `${percent(points)} to ${version}${credentials}${withClient ? ", given up with the client" : ""}`;
}

function ofVersion(where: string, old: Version, new_: Version): string[] {
  const { version: oldName, ...oldRest } = old;
  const { version: newName, ...newRest } = new_;
  const renamed = oldName === newName ? [] : [`${where}: ${oldName} → ${newName}`];
  return [...renamed, ...restOf(`${where} ${newName}: `, oldRest, newRest)];
}

function ofRule(where: string, old: Rule, new_: Rule): string[] {
  const { shares: _, ramp: oldRamp, when: oldWhen, ...oldRest } = old;
  const { shares: __, ramp: newRamp, when: newWhen, ...newRest } = new_;
  const hasRamp = oldRamp !== undefined || newRamp !== undefined;
  const [from, to] = [sharesOf(old), sharesOf(new_)];
  return [
    ...(hasRamp ? (from === to ? [] : [`${where}: ${from} → ${to}`]) : ofShares(where, old.shares, new_.shares)),
    ...restOf(
      `${where}: `,
      { when: conditionsOf(oldWhen), ...inWords(oldRest) },
      { when: conditionsOf(newWhen), ...inWords(newRest) },
    ),
  ];
}

function ofShares(where: string, old: readonly Share[], new_: readonly Share[]): string[] {
  const several = old.length > 1 || new_.length > 1;
  const shares = several
    ? pairs(old, new_, ({ version }) => version).map((pair) => ({
        at: `${where} / ${pair.key}`,
        from: pair.kind === "added" ? 0 : pair.old.points,
        to: pair.kind === "removed" ? 0 : pair.new_.points,
      }))
    : [{ at: where, from: old[0]?.points ?? 0, to: new_[0]?.points ?? 0 }];
  return shares.flatMap(({ at, from, to }) => (from === to ? [] : [`${at}: ${percent(from)} → ${percent(to)}`]));
}

/** undefined: it is for every request. */
function conditionsOf(when: Rule["when"]): string | undefined {
  if (when.length === 0) return undefined;
  const said = when.map(
    (one) => `${one.fact === "header" ? `header ${one.name}` : one.fact} ${one.values.join(" or ")}`,
  );
  return said.join(", ");
}

function sharesOf({ shares, ramp }: Rule): string {
  if (ramp !== undefined) return `a ramp of ${planText(ramp)}`;
  if (shares.length === 0) return percent(0);
  return shares
    .map(({ version, points }) => (shares[1] ? `${percent(points)} ${version}` : percent(points)))
    .join(", ");
}

function percent(points: number): string {
  return `${points / 100} %`;
}

type Pair<T> =
  | { readonly kind: "added"; readonly key: string; readonly new_: T }
  | { readonly kind: "removed"; readonly key: string; readonly old: T }
  | { readonly kind: "kept"; readonly key: string; readonly old: T; readonly new_: T };

/** Those of one key; in the order of the new list, with what is gone at the end. */
function pairs<T>(old: readonly T[], new_: readonly T[], keyOf: (one: T) => string): Pair<T>[] {
  const gone = new Map(old.map((one) => [keyOf(one), one]));
  const found = new_.map((one): Pair<T> => {
    const key = keyOf(one);
    const before = gone.get(key);
    gone.delete(key);
    return before === undefined ? { kind: "added", key, new_: one } : { kind: "kept", key, old: before, new_: one };
  });
  return [...found, ...[...gone].map(([key, one]): Pair<T> => ({ kind: "removed", key, old: one }))];
}

/** First match wins, so the order of those that are in both matters. */
function order(what: string, old: readonly { name: string }[], new_: readonly { name: string }[]): string[] {
  const both = (list: readonly { name: string }[], other: readonly { name: string }[]) =>
    list.map(({ name }) => name).filter((name) => other.some((one) => one.name === name));
  const [before, after] = [both(old, new_).join(", "), both(new_, old).join(", ")];
  return before === after ? [] : [`${what} are in another order: ${before} → ${after}`];
}

/** What has no words of its own: the name of the setting, and its value before and after. */
function restOf(where: string, old: object, new_: object): string[] {
  const before = new Map<string, unknown>(Object.entries(old));
  const after = new Map<string, unknown>(Object.entries(new_));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [from, to] = [shownValue(before.get(key)), shownValue(after.get(key))];
    return from === to ? [] : [`${where}${key} ${from} → ${to}`];
  });
}

function shownValue(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
