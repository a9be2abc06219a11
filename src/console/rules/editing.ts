import { computed, effect, signal } from "@preact/signals";
import type { YamlText } from "../../rules/edit-yaml.ts";
import { type RuleError, ruleErrors } from "../../rules/rule-error.ts";
import { treeOf } from "../../rules/yaml-tree.ts";
import { call, callForText, revisionOf } from "../api/call.ts";
import { say } from "../parts/toast.tsx";
import { dropDraft, keepDraft, lastDraft } from "./drafts.ts";
import type { Edited } from "./rule-edits.ts";

/** The rules that an edit begins with. */
export interface Base {
  readonly revision: number;
  readonly text: string;
}

/** What is known of the rules in force. */
export type Loading =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "ready" };

export const loading = signal<Loading>({ kind: "loading" });
/** Revision 0 with no text: the router has no rules yet. */
export const base = signal<Base>({ revision: 0, text: "" });
/** Newer rules than those that were begun with. */
export const newer = signal<Base | undefined>(undefined);

/** A text, read; without a root where it is no YAML. */
interface Now {
  readonly text: string;
  readonly root: YamlText["root"] | undefined;
  /** What is wrong with it as YAML. */
  readonly broken: readonly RuleError[];
}

const now = signal<Now>({ text: "", root: undefined, broken: [] });
/** What the router says of the text. */
const checked = signal<{ readonly text: string; readonly mistakes: readonly RuleError[] }>({ text: "", mistakes: [] });

/** The text as it is being edited. */
export const text = computed(() => now.value.text);
export const root = computed(() => now.value.root);
export const isChanged = computed(() => now.value.text !== base.value.text);
/** All that is known to be wrong with the text. */
export const mistakes = computed(() => (now.value.broken.length > 0 ? now.value.broken : checked.value.mistakes));
/** The router has not yet said what it thinks of the text. */
export const isUnchecked = computed(() => now.value.text !== checked.value.text && now.value.broken.length === 0);
/** False: the browser keeps no drafts, so a reload loses this one. */
export const isKept = signal(true);

/** Takes a text as it was typed. */
export function setText(written: string): void {
  if (written === now.value.text) return;
  const { root, mistakes } = treeOf(written);
  now.value = { text: written, root, broken: root === undefined ? ruleErrors(mistakes, written) : [] };
}

/** Changes the text as a form asks for; where that cannot be done alone, says so. */
export function edit(how: (text: YamlText) => Edited): boolean {
  const { text, root } = now.value;
  const edited = root && how({ text, root });
  if (edited === undefined) {
    say(
      "failed",
      "This is written in a way that cannot be changed here without losing something: change it in the YAML.",
    );
    return false;
  }
  now.value = { ...edited, broken: [] };
  return true;
}

/** Begins anew with other rules; `draft` is what somebody has made of them. */
export function begin(rules: Base, draft: string = rules.text): void {
  dropDraft(localStorage, base.value.revision);
  base.value = rules;
  newer.value = undefined;
  setText(draft);
}

/** Asks for the rules in force, and goes on with the draft that was last worked on. */
export async function load(): Promise<void> {
  if (loading.value.kind === "ready") return lookForNewer();
  const current = await rulesInForce();
  if (current.kind === "failed") {
    loading.value = current;
    return;
  }
  const draft = lastDraft(localStorage);
  if (draft === undefined || draft.text === current.rules.text) begin(current.rules);
  else {
    base.value = { revision: draft.revision, text: draft.base };
    setText(draft.text);
    if (current.rules.text === draft.base) rebase(current.rules);
    else newer.value = current.rules;
  }
  loading.value = { kind: "ready" };
}

/** Somebody may have edited the rules: whoever has no draft sees theirs, whoever has one is told. */
export async function lookForNewer(): Promise<void> {
  const current = await rulesInForce();
  if (current.kind === "failed") return;
  const { rules } = current;
  if (rules.text === base.value.text) rebase(rules);
  else if (isChanged.value) newer.value = rules;
  else begin(rules);
}

/** The same text has another revision by now, and so has the draft. */
function rebase(rules: Base): void {
  newer.value = undefined;
  if (rules.revision === base.value.revision) return;
  dropDraft(localStorage, base.value.revision);
  base.value = rules;
  keep();
}

/** Keeps the draft under the revision that it began with. */
function keep(): void {
  const { text } = now.value;
  const { revision, text: begun } = base.value;
  if (text === begun) dropDraft(localStorage, revision);
  else isKept.value = keepDraft(localStorage, { revision, base: begun, text, at: new Date().toISOString() });
}

type InForce = { readonly kind: "rules"; readonly rules: Base } | { readonly kind: "failed"; readonly message: string };

async function rulesInForce(): Promise<InForce> {
  const answer = await callForText("/api/rules");
  if (answer.kind === "unreachable") return { kind: "failed", message: "The router cannot be reached." };
  if (answer.kind === "refused") {
    return answer.code === "no_rules"
      ? { kind: "rules", rules: { revision: 0, text: "" } }
      : { kind: "failed", message: answer.message };
  }
  return { kind: "rules", rules: { revision: revisionOf(answer.etag), text: answer.value } };
}

/** Long enough that not every letter is sent, short enough to be called at once. */
const PAUSE_MS = 250;

/** Has the text checked, and keeps it as a draft, whenever somebody has paused. */
export function watchEdits(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const { text, broken } = now.value;
    clearTimeout(timer);
    if (loading.value.kind !== "ready") return;
    timer = setTimeout(() => {
      keep();
      if (broken.length === 0) void check(text);
    }, PAUSE_MS);
  });
  addEventListener("pagehide", keep);
  return () => {
    stop();
    clearTimeout(timer);
    removeEventListener("pagehide", keep);
    if (loading.value.kind === "ready") keep();
  };
}

async function check(text: string): Promise<void> {
  if (text === base.value.text) {
    checked.value = { text, mistakes: [] };
    return;
  }
  const answer = await call("/api/rules/check", { method: "POST", yaml: text });
  if (text !== now.value.text || answer.kind === "unreachable") return;
  if (answer.kind === "done") checked.value = { text, mistakes: [] };
  else if (answer.code === "invalid_rules") checked.value = { text, mistakes: mistakesIn(answer.body) };
  else say("failed", answer.message);
}

/** The mistakes in an answer of the API. */
function mistakesIn(body: unknown): readonly RuleError[] {
  return (body as { readonly errors: readonly RuleError[] }).errors;
}
