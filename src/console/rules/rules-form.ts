import type { SimpleFact } from "../../routing/rules.ts";
import { type Path, pathText } from "../../rules/path.ts";
import type { TreeNode } from "../../rules/yaml-tree.ts";

/** A rule as the form shows it, as much of it as can be read: it may have mistakes. */
export interface RuleForm {
  /** As mistakes name it: `routes[0].rules[1]`. */
  readonly path: string;
  readonly name: string;
  readonly conditions: readonly ConditionForm[];
  /** From when until when, as it is written. */
  readonly window: readonly [string, string] | undefined;
  readonly shares: readonly ShareForm[];
  /** A share that rises by itself, in the place of one; undefined: it does not. */
  readonly ramp: readonly StepForm[] | undefined;
  /** Of what it takes, so much is copied to a version that answers nobody; undefined: it does not say. */
  readonly shadow: ShareForm | undefined;
  /** The keys that the form has no fields for. */
  readonly others: readonly string[];
  /** Where it is written. */
  readonly start: number;
  readonly end: number;
}

export interface ConditionForm {
  readonly path: string;
  readonly fact: SimpleFact | "header";
  /** Of a header; else empty. */
  readonly header: string;
  readonly values: readonly string[];
}

export interface ShareForm {
  readonly path: string;
  readonly version: string;
  /** As it is written, such as `2.5%`. */
  readonly share: string;
}

/** A step of a ramp, as it is written; empty where nothing is. */
export interface StepForm {
  readonly path: string;
  readonly to: string;
  readonly for: string;
  readonly until: string;
}

export interface RouteForm {
  readonly path: string;
  readonly name: string;
  readonly stable: string;
  readonly candidates: readonly string[];
  readonly rules: readonly RuleForm[];
}

const FACTS: ReadonlySet<string> = new Set<SimpleFact>([
  ...(["customerType", "customer", "modality", "model", "method", "path", "stream", "stateful"] as const),
]);

/** The names of the routes and how many rules each has. */
export function routeNames(root: TreeNode): readonly { readonly name: string; readonly rules: number }[] {
  return routesOf(root).map((route) => ({
    name: textOf(at(route, "name")),
    rules: at(route, "rules")?.items.length ?? 0,
  }));
}

/** One route; undefined: there is none at this place. */
export function routeForm(root: TreeNode, place: number): RouteForm | undefined {
  const node = routesOf(root)[place];
  if (node === undefined) return undefined;
  const path: Path = { parent: { parent: undefined, key: "routes" }, key: place };
  const one = at(node, "candidate");
  const versions = one === undefined ? (at(node, "candidates")?.items ?? []) : [one];
  const candidates = versions.map((version) => textOf(at(version, "version")));
  const rules = at(node, "rules")?.items ?? [];
  return {
    path: pathText(path),
    name: textOf(at(node, "name")),
    stable: textOf(at(at(node, "stable"), "version")),
    candidates,
    rules: rules.map((rule, i) => ruleForm(rule, { parent: { parent: path, key: "rules" }, key: i }, candidates)),
  };
}

function ruleForm(node: TreeNode, path: Path, candidates: readonly string[]): RuleForm {
  const when = at(node, "when");
  const window = (at(node, "between")?.items ?? []).map(textOf);
  const conditions = conditionsOf(when, { parent: path, key: "when" });
  const shown = new Set(["name", "candidate", "split"]);
  const ramp = rampOf(node, path);
  if (ramp !== undefined) shown.add("ramp");
  if (window.length === 2) shown.add("between");
  if (when === undefined || conditions !== undefined) shown.add("when");
  return {
    path: pathText(path),
    name: textOf(at(node, "name")),
    conditions: conditions ?? [],
    window: window.length === 2 ? [window[0] ?? "", window[1] ?? ""] : undefined,
    shares: sharesOf(node, path, candidates),
    ramp,
    shadow: shadowOf(node, path),
    others: [...node.entries.keys()].filter((key) => !shown.has(key)),
    start: node.start,
    end: node.end,
  };
}

/** undefined: there is something among them that the form cannot show. */
function conditionsOf(when: TreeNode | undefined, path: Path): readonly ConditionForm[] | undefined {
  const conditions: ConditionForm[] = [];
  for (const [key, { node }] of when?.entries ?? []) {
    const here = { parent: path, key };
    if (key === "header") {
      for (const [header, { node: values }] of node.entries) {
        conditions.push({
          path: pathText({ parent: here, key: header }),
          fact: "header",
          header,
          values: listOf(values),
        });
      }
    } else if (isFact(key)) conditions.push({ path: pathText(here), fact: key, header: "", values: listOf(node) });
    else return undefined;
  }
  return conditions;
}

function isFact(key: string): key is SimpleFact {
  return FACTS.has(key);
}

/** Each candidate's, also of those that the rule gives nothing. */
function sharesOf(node: TreeNode, path: Path, candidates: readonly string[]): readonly ShareForm[] {
  const split = at(node, "split");
  if (split === undefined) {
    return [
      {
        path: pathText({ parent: path, key: "candidate" }),
        version: candidates[0] ?? "",
        share: textOf(at(node, "candidate")),
      },
    ];
  }
  const unknown = [...split.entries.keys()].filter((version) => !candidates.includes(version));
  return [...candidates, ...unknown].map((version) => ({
    path: pathText({ parent: { parent: path, key: "split" }, key: version }),
    version,
    share: split.entries.has(version) ? textOf(at(split, version)) : "0%",
  }));
}

function shadowOf(node: TreeNode, path: Path): ShareForm | undefined {
  const shadow = at(node, "shadow");
  if (shadow === undefined) return undefined;
  const here = pathText({ parent: path, key: "shadow" });
  return { path: here, version: textOf(at(shadow, "version")), share: textOf(at(shadow, "share")) };
}

function rampOf(node: TreeNode, path: Path): readonly StepForm[] | undefined {
  const steps = at(node, "ramp")?.items ?? [];
  if (steps.length === 0) return undefined;
  return steps.map((step, i) => ({
    path: pathText({ parent: { parent: path, key: "ramp" }, key: i }),
    to: textOf(at(step, "to")),
    for: textOf(at(step, "for")),
    until: textOf(at(step, "until")),
  }));
}

function routesOf(root: TreeNode): readonly TreeNode[] {
  return at(root, "routes")?.items ?? [];
}

function at(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return node?.entries.get(key)?.node;
}

function textOf(node: TreeNode | undefined): string {
  return typeof node?.value === "string" ? node.value : "";
}

function listOf(node: TreeNode): readonly string[] {
  if (node.items.length > 0) return node.items.map(textOf);
  return typeof node.value === "string" ? [node.value] : [];
}
