import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isRead, mistakes, setText, text } from "./editing.ts";
import type { RuleForm } from "./rules-form.ts";
import type { YamlEditor } from "./yaml-editor.ts";

/** A line that somebody wants to see. */
export const lineToShow = signal<{ readonly line: number } | undefined>(undefined);

interface YamlPaneProps {
  /** The rule whose lines are marked. */
  readonly shown: RuleForm | undefined;
}

/** The rules as text. The editor comes when it is first shown; until then the text can be read. */
export function YamlPane({ shown }: YamlPaneProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<YamlEditor>();
  const wanted = lineToShow.value;
  const show = (): void => {
    // As they are by now: who types is ahead of what has been drawn.
    editor.current?.show(text.peek(), mistakes.peek());
    if (isRead.peek()) editor.current?.mark(shown);
  };
  useEffect(() => {
    let gone = false;
    void import("./yaml-editor.ts").then(({ yamlEditor }) => {
      if (gone || place.current === null) return;
      editor.current = yamlEditor(place.current, { label: "Rules as YAML", onChange: (text) => void setText(text) });
      place.current.dataset["ready"] = "true";
      show();
    });
    return () => {
      gone = true;
      editor.current?.close();
    };
  }, []);
  useEffect(show, [text.value, mistakes.value, isRead.value, shown?.start, shown?.end]);
  useEffect(() => {
    if (wanted !== undefined) editor.current?.goTo(wanted.line);
  }, [wanted]);
  return (
    <section class="pane yaml" aria-label="Rules as YAML">
      <div class="yaml-place" ref={place} />
    </section>
  );
}
