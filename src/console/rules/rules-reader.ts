import type { YamlText } from "../../rules/edit-yaml.ts";
import { type RuleError, ruleErrors } from "../../rules/rule-error.ts";
import { treeOf } from "../../rules/yaml-tree.ts";
import {
  addRule,
  addStep,
  beginRamp,
  type Edited,
  endRamp,
  moveRule,
  removeRule,
  removeStep,
  setCondition,
  setName,
  setRuleShare,
  setStep,
  setWindow,
} from "./rule-edits.ts";
import { type RouteForm, routeForm, routeNames } from "./rules-form.ts";

const EDITS = {
  ...{ setName, setRuleShare, setCondition, setWindow, setStep, addStep, removeStep },
  ...{ beginRamp, endRamp, addRule, removeRule, moveRule },
};
type Edits = typeof EDITS;
/** The name of an edit, and what it needs beside the text. */
export type How = keyof Edits;
export type Given<K extends How> = Parameters<Edits[K]> extends [YamlText, ...infer Rest] ? Rest : never;

/** What a page shows of a text: the names of all routes, and one route. */
export interface View {
  readonly text: string;
  /** What is wrong with it as YAML. Then the rest is that of the last text that was some. */
  readonly broken: readonly RuleError[];
  readonly names: ReturnType<typeof routeNames>;
  /** The place of the route that is shown. */
  readonly at: number;
  /** undefined: there are no routes. */
  readonly route: RouteForm | undefined;
}

/** Holds a text as it is read, so that pages need not: large documents take a second to read. */
export class RulesReader {
  #text = "";
  #broken: readonly RuleError[] = [];
  #readable: YamlText | undefined;
  #names: View["names"] = [];

  read(text: string): void {
    if (text === this.#text) return;
    const { root, mistakes } = treeOf(text);
    this.#text = text;
    this.#broken = root === undefined ? ruleErrors(mistakes, text) : [];
    if (root !== undefined) this.#take({ text, root });
  }

  /** False: it is written in a way in which this cannot be done alone, and nothing has changed. */
  edit(how: How, given: readonly unknown[]): boolean {
    const now = this.#readable;
    if (now === undefined || now.text !== this.#text) return false;
    // What came from the other thread was given for this edit.
    const apply = EDITS[how] as (text: YamlText, ...given: readonly unknown[]) => Edited;
    const edited = apply(now, ...given);
    if (edited === undefined) return false;
    this.#text = edited.text;
    this.#take(edited);
    return true;
  }

  /** With the route of this name, or else the first. */
  view(wanted: string): View {
    const at = Math.max(
      0,
      this.#names.findIndex(({ name }) => name === wanted),
    );
    const route = this.#readable && routeForm(this.#readable.root, at);
    return { text: this.#text, broken: this.#broken, names: this.#names, at, route };
  }

  #take(now: YamlText): void {
    this.#readable = now;
    this.#names = routeNames(now.root);
  }
}
