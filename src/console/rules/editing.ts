import { computed, effect, signal } from "@preact/signals";
import type { RuleError } from "../../rules/rule-error.ts";
import { call, callForText, revisionOf } from "../api/call.ts";
import { say } from "../parts/toast.tsx";
import { dropDraft, keepDraft, lastDraft } from "./drafts.ts";
import { askReader } from "./reading.ts";
import type { Given, How, View } from "./rules-reader.ts";

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

/** The text as it is being edited. */
export const text = signal("");
/** What was last read of it. */
export const view = signal<View>({ text: "", broken: [], names: [], at: 0, route: undefined });
/** The route that somebody wants to see. */
let wanted = "";
/** How many texts have been taken that no form has made. */
let taken = 0;
/** How many edits are being made; of a large document each takes a second. */
const editsUnderWay = signal(0);
export const isEditing = computed(() => editsUnderWay.value > 0);
/** What the router says of the text. */
const checked = signal<{ readonly text: string; readonly mistakes: readonly RuleError[] }>({ text: "", mistakes: [] });

export const isChanged = computed(() => text.value !== base.value.text);
/** Whether the view is that of the text, and not of an older one. */
export const isRead = computed(() => view.value.text === text.value);
const broken = computed(() => (isRead.value ? view.value.broken : []));
/** All that is known to be wrong with the text. */
export const mistakes = computed(() => (broken.value.length > 0 ? broken.value : checked.value.mistakes));
/** The router has not yet said what it thinks of the text. */
export const isUnchecked = computed(() => text.value !== checked.value.text && broken.value.length === 0);
/** False: the browser keeps no drafts, so a reload loses this one. */
export const isKept = signal(true);

/** Takes a text as it was typed. Resolves once it is read. */
export async function setText(written: string): Promise<void> {
  if (written === text.value && isRead.value) return;
  text.value = written;
  taken++;
  take(await askReader({ kind: "read", text: written, wanted }));
}

/** Shows a route, or the first. */
export async function showRoute(name: string): Promise<void> {
  if (name === wanted) return;
  wanted = name;
  take(await askReader({ kind: "show", wanted }));
}

function take(read: View | undefined): void {
  // Who types is ahead of what is read; the last text comes too.
  if (read?.text === text.value) view.value = read;
}

/** Edits after which rules, or steps, have other places: what is asked for meanwhile would be meant for another one. */
const MOVING: ReadonlySet<How> = new Set(["addRule", "removeRule", "moveRule", "addStep", "removeStep"]);

/** Changes the text as a form asks for; where that cannot be done alone, says so. False: it was not done. */
export async function edit<K extends How>(how: K, ...given: Given<K>): Promise<boolean> {
  if (isEditing.value && MOVING.has(how)) return false;
  const before = taken;
  editsUnderWay.value++;
  const edited = await askReader({ kind: "edit", how, given, wanted });
  editsUnderWay.value--;
  if (edited === undefined || taken !== before) {
    say("failed", edited === undefined ? CANNOT : "The text was changed meanwhile: try again.");
    return false;
  }
  text.value = edited.text;
  view.value = edited;
  return true;
}

const CANNOT = "This is written in a way that cannot be changed here without losing something: change it in the YAML.";

/** Begins anew with other rules; `draft` is what somebody has made of them. */
export function begin(rules: Base, draft: string = rules.text): Promise<void> {
  dropDraft(localStorage, base.value.revision);
  base.value = rules;
  newer.value = undefined;
  return setText(draft);
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
  if (draft === undefined || draft.text === current.rules.text) await begin(current.rules);
  else {
    base.value = { revision: draft.revision, text: draft.base };
    await setText(draft.text);
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
  else void begin(rules);
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
  const draft = text.value;
  const { revision, text: begun } = base.value;
  if (draft === begun) dropDraft(localStorage, revision);
  else isKept.value = keepDraft(localStorage, { revision, base: begun, text: draft, at: new Date().toISOString() });
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
    const now = text.value;
    const isYaml = broken.value.length === 0;
    clearTimeout(timer);
    if (loading.value.kind !== "ready") return;
    timer = setTimeout(() => {
      keep();
      if (isYaml) void check(now);
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

async function check(now: string): Promise<void> {
  if (now === base.value.text) {
    checked.value = { text: now, mistakes: [] };
    return;
  }
  const answer = await call("/api/rules/check", { method: "POST", yaml: now });
  if (now !== text.value || answer.kind === "unreachable") return;
  if (answer.kind === "done") checked.value = { text: now, mistakes: [] };
  else if (answer.code === "invalid_rules") checked.value = { text: now, mistakes: mistakesIn(answer.body) };
  else say("failed", answer.message);
}

/** The mistakes in an answer of the API. */
function mistakesIn(body: unknown): readonly RuleError[] {
  return (body as { readonly errors: readonly RuleError[] }).errors;
}
