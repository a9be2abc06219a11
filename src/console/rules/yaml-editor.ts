import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { RuleError } from "../../rules/rule-error.ts";
import { highlighting, looks } from "./yaml-looks.ts";

export interface YamlEditor {
  /** Shows a text, and what is wrong with it. */
  show(text: string, mistakes: readonly RuleError[]): void;
  /** Marks the lines of a rule. */
  mark(rule: { readonly start: number; readonly end: number } | undefined): void;
  /** Puts the cursor there; lines count from 1. */
  goTo(line: number): void;
  close(): void;
}

interface EditorOptions {
  readonly label: string;
  /** undefined: it can only be read. */
  readonly onChange?: (text: string) => void;
}

/** Comes from a form, and is no news for it. */
const fromOutside = Annotation.define<boolean>();

/** An editor in a root of its own, so that its styles need no leave of the page's policy. */
export function yamlEditor(place: HTMLElement, { label, onChange }: EditorOptions): YamlEditor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      extensions: [
        ...[
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          lintGutter(),
          search({ top: true }),
        ],
        ...[
          highlightSelectionMatches(),
          indentUnit.of("  "),
          yaml(),
          syntaxHighlighting(highlighting),
          looks,
          markedLines,
        ],
        keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorState.readOnly.of(onChange === undefined),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged || update.transactions.some((one) => one.annotation(fromOutside))) return;
          onChange?.(update.state.doc.toString());
        }),
      ],
    }),
  });
  let marked: string | undefined;
  return {
    show(text, mistakes) {
      const change = smallestChange(view.state.doc.toString(), text);
      if (change !== undefined) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
      view.dispatch(
        setDiagnostics(
          view.state,
          mistakes.map((one) => diagnostic(view.state, one)),
        ),
      );
    },
    mark(rule) {
      const { length } = view.state.doc;
      const [start, end] = [Math.min(rule?.start ?? 0, length), Math.min(rule?.end ?? 0, length)];
      view.dispatch({ effects: markLines.of(rule && { start, end }) });
      // Only when another rule is chosen: who types must not be moved about.
      const key = rule && String(view.state.doc.lineAt(start).number);
      if (key !== undefined && key !== marked && !view.hasFocus) {
        view.dispatch({ effects: EditorView.scrollIntoView(start, { y: "center" }) });
      }
      marked = key;
    },
    goTo(line) {
      const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
      view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

/** The one stretch that differs, so that cursor, folds and undo of the rest stay. */
function smallestChange(old: string, new_: string): { from: number; to: number; insert: string } | undefined {
  if (old === new_) return undefined;
  let from = 0;
  while (from < old.length && old[from] === new_[from]) from++;
  let [to, end] = [old.length, new_.length];
  while (to > from && end > from && old[to - 1] === new_[end - 1]) {
    to--;
    end--;
  }
  return { from, to, insert: new_.slice(from, end) };
}

function diagnostic({ doc }: EditorState, { line, column, message }: RuleError): Diagnostic {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const from = Math.min(at.from + column - 1, at.to);
  const word = /^(["'])?[^\s,}\]]*/.exec(doc.sliceString(from, at.to))?.[0].length ?? 0;
  return {
    from,
    to: Math.min(at.to, from + Math.max(1, word)),
    severity: "error",
    message: message.replaceAll("`", ""),
  };
}

const markLines = StateEffect.define<{ readonly start: number; readonly end: number } | undefined>();

const markedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, { effects, changes, state }) {
    for (const effect of effects) {
      if (!effect.is(markLines)) continue;
      if (effect.value === undefined) return Decoration.none;
      const lines = [];
      const last = Math.max(effect.value.start, effect.value.end - 1);
      for (let at = effect.value.start; at <= last; ) {
        const line = state.doc.lineAt(at);
        if (line.text.trim() !== "") lines.push(Decoration.line({ class: "cm-marked" }).range(line.from));
        at = line.to + 1;
      }
      return Decoration.set(lines);
    }
    return shown.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
