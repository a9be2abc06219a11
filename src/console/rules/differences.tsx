import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { textDiff } from "../../rules/text-diff.ts";
import { Card } from "../parts/card.tsx";
import { TextDiff } from "../parts/text-diff.tsx";
import { ChangeList } from "./change-list.tsx";
import { type ChangeWords, changeWords } from "./change-words.ts";
import "./differences.css";

interface DifferencesProps {
  /** The revision of `before`. */
  readonly since: number;
  readonly before: string;
  readonly after: string;
}

/** What one text of the rules changes of another: in words, and line by line. */
export function Differences({ since, before, after }: DifferencesProps) {
  const found = useSignal<ChangeWords | undefined>(undefined);
  const lines = useMemo(() => textDiff(before, after), [before, after]);
  useEffect(() => {
    let late = false;
    void changeWords(since, after).then((words) => {
      if (!late) found.value = words;
    });
    return () => {
      late = true;
    };
  }, [since, after]);
  const change = found.value;
  if (change === undefined) return <Card label="What changes" busy />;
  return (
    <Card label="What changes">
      <h2>What changes</h2>
      {lines.length === 0 ? <p class="hint">Nothing.</p> : <ChangeList change={change} />}
      {lines.length > 0 && (
        <details open={lines.length < 40}>
          <summary>Line by line</summary>
          <TextDiff lines={lines} />
        </details>
      )}
    </Card>
  );
}
