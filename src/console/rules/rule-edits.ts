import { editYaml, nodeAt, type YamlText } from "../../rules/edit-yaml.ts";
import type { Steps } from "../../rules/yaml-change.ts";
import type { ConditionForm, RouteForm } from "./rules-form.ts";

/** A rule by its place: of which route, and in it. */
export interface RuleAt {
  readonly route: number;
  readonly rule: number;
}

/** In the order in which people write them. */
const KEYS = ["name", "when", "between", "candidate", "split", "ramp"];
const STEP_KEYS = ["to", "for", "until"];

/** Keys of a route that stand before its rules. */
const BEFORE_RULES = ["name", "match", "stable", "candidate", "candidates", "stickyBy", "rules"];

/** An edit of the text; undefined: the text is written in a way in which this cannot be done alone. */
export type Edited = YamlText | undefined;

export function setName(text: YamlText, at: RuleAt, name: string): Edited {
  return editYaml(text, [...stepsOf(at), "name"], { kind: "set", value: name, order: KEYS });
}

/** `share` is written as it is given, such as `2.5%`. */
export function setRuleShare(text: YamlText, at: RuleAt, version: string, share: string): Edited {
  const rule = stepsOf(at);
  const steps =
    nodeAt(text.root, [...rule, "split"]) === undefined ? [...rule, "candidate"] : [...rule, "split", version];
  return editYaml(text, steps, { kind: "set", value: share, order: KEYS });
}

/** Writes a condition's values, of which one must fit; a new condition is added, one without values is removed. */
export function setCondition(text: YamlText, at: RuleAt, condition: Omit<ConditionForm, "path">): Edited {
  const { fact, header, values } = condition;
  const when = [...stepsOf(at), "when"];
  const steps = fact === "header" ? [...when, "header", header] : [...when, fact];
  if (values.length === 0) return withoutEmpty(text, steps, when.length);
  const node = nodeAt(text.root, steps);
  if (node !== undefined && node.items.length > 0) return setItems(text, steps, values);
  const [only, second] = values;
  const value = second === undefined && only !== undefined ? only : values;
  if (node !== undefined || nodeAt(text.root, steps.slice(0, -1)) !== undefined) {
    return editYaml(text, steps, { kind: "set", value });
  }
  const whole = fact === "header" ? { header: { [header]: value } } : { [fact]: value };
  if (fact === "header" && nodeAt(text.root, when) !== undefined) {
    return editYaml(text, [...when, "header"], { kind: "set", value: { [header]: value } });
  }
  return editYaml(text, when, { kind: "set", value: whole, order: KEYS });
}

/** Removes the key, and the maps around it that would be empty without it. */
function withoutEmpty(text: YamlText, steps: Steps, least: number): Edited {
  let whole = steps;
  while (whole.length > least && nodeAt(text.root, whole.slice(0, -1))?.entries.size === 1) whole = whole.slice(0, -1);
  return editYaml(text, whole, { kind: "remove" });
}

/** Item by item, so that what is said beside those that stay is kept. */
function setItems(text: YamlText, steps: Steps, values: readonly string[]): Edited {
  let now: Edited = text;
  const had = (nodeAt(text.root, steps)?.items ?? []).map(({ value }) => value);
  const added = values.filter((value) => !had.includes(value));
  for (const value of added) {
    if (now === undefined) return undefined;
    const length: number = nodeAt(now.root, steps)?.items.length ?? 0;
    now = editYaml(now, steps, { kind: "insert", at: length, value });
  }
  for (let i = had.length - 1; i >= 0; i--) {
    const value = had[i];
    if (now !== undefined && typeof value === "string" && !values.includes(value)) {
      now = editYaml(now, [...steps, i], { kind: "remove" });
    }
  }
  return now;
}

/** From when until when a rule holds; undefined: at any time. */
export function setWindow(text: YamlText, at: RuleAt, window: readonly [string, string] | undefined): Edited {
  const steps = [...stepsOf(at), "between"];
  if (window === undefined) return editYaml(text, steps, { kind: "remove" });
  return editYaml(text, steps, { kind: "set", value: window, order: KEYS });
}

/** Changes one thing of a ramp's step; empty: it is not said. */
export function setStep(text: YamlText, at: RuleAt, step: number, key: "to" | "for" | "until", value: string): Edited {
  const steps = [...stepsOf(at), "ramp", step, key];
  if (value !== "") return editYaml(text, steps, { kind: "set", value, order: STEP_KEYS });
  return nodeAt(text.root, steps) === undefined ? text : editYaml(text, steps, { kind: "remove" });
}

/** One more step, in the place `step`. */
export function addStep(text: YamlText, at: RuleAt, step: number, to: string): Edited {
  const value = { to, for: "10m" };
  return editYaml(text, [...stepsOf(at), "ramp"], { kind: "insert", at: step, value });
}

export function removeStep(text: YamlText, at: RuleAt, step: number): Edited {
  return editYaml(text, [...stepsOf(at), "ramp", step], { kind: "remove" });
}

/** The share rises from what it is now to everything. */
export function beginRamp(text: YamlText, at: RuleAt, share: string): Edited {
  const first = Number.parseFloat(share) > 0 && Number.parseFloat(share) < 100 ? share : "1%";
  const value = [{ to: first, for: "10m" }, { to: "100%" }];
  const without = editYaml(text, [...stepsOf(at), "candidate"], { kind: "remove" });
  return without && editYaml(without, [...stepsOf(at), "ramp"], { kind: "set", value, order: KEYS });
}

/** The share stays what it is. */
export function endRamp(text: YamlText, at: RuleAt, share: string): Edited {
  const without = editYaml(text, [...stepsOf(at), "ramp"], { kind: "remove" });
  return without && editYaml(without, [...stepsOf(at), "candidate"], { kind: "set", value: share, order: KEYS });
}

/** A new rule that gives nothing yet, at a place of the list. */
export function addRule(text: YamlText, route: number, { rules, candidates }: RouteForm, at: number): Edited {
  const names = new Set(rules.map(({ name }) => name));
  let name = "new rule";
  for (let i = 2; names.has(name); i++) name = `new rule ${i}`;
  const several = candidates.length > 1;
  const split = Object.fromEntries(candidates.map((version) => [version, "0%"]));
  const value = several ? { name, split } : { name, candidate: "0%" };
  return editYaml(text, ["routes", route, "rules"], { kind: "insert", at, value, order: BEFORE_RULES });
}

export function removeRule(text: YamlText, at: RuleAt): Edited {
  return editYaml(text, stepsOf(at), { kind: "remove" });
}

export function moveRule(text: YamlText, { route, rule }: RuleAt, to: number): Edited {
  return editYaml(text, ["routes", route, "rules"], { kind: "move", from: rule, to });
}

function stepsOf({ route, rule }: RuleAt): Steps {
  return ["routes", route, "rules", rule];
}
