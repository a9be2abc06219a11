import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Card } from "../parts/card.tsx";
import { TextDiff } from "../parts/text-diff.tsx";
import "./differences.css";

interface DifferencesProps {
  readonly before: string;
  readonly after: string;
}

interface Found {
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

/** What one text of the rules changes of another: in words, and line by line. */
export function Differences({ before, after }: DifferencesProps) {
  const found = useSignal<Found | undefined>(undefined);
  useEffect(() => {
    let late = false;
    // Reading rules takes a library that no other page needs.
    void import("./between.ts").then(({ between }) => {
      if (!late) found.value = between(before, after);
    });
    return () => {
      late = true;
    };
  }, [before, after]);
  if (found.value === undefined) return <Card label="What changes" busy />;
  const { words, lines } = found.value;
  return (
    <Card label="What changes">
      <h2>What changes</h2>
      {words.length > 0 ? (
        <ul class="change-words">
          {words.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : (
        <p class="hint">
          {lines.length === 0 ? "Nothing." : "Nothing that the router decides by: only how it is written."}
        </p>
      )}
      {lines.length > 0 && (
        <details open={words.length === 0 || lines.length < 40}>
          <summary>Line by line</summary>
          <TextDiff lines={lines} />
        </details>
      )}
    </Card>
  );
}
