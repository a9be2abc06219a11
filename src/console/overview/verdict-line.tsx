import type { VersionNow } from "../api/answers.ts";
import "./verdict-line.css";

const SIGNS = { good: "✓", bad: "!", "not enough data": "…" } as const;

/** What the guard thinks of the candidates, in its own sentences. */
export function VerdictLine({ versions }: { readonly versions: readonly VersionNow[] }) {
  const judged = versions.flatMap(({ version, verdict }) => (verdict === undefined ? [] : [{ version, ...verdict }]));
  return (
    <>
      {judged.map(({ version, verdict, sentence }) => (
        <p key={version} class="verdict" data-verdict={verdict}>
          <span class="sign" aria-hidden="true">
            {SIGNS[verdict]}
          </span>
          <span>
            <strong>Guard: {verdict}.</strong> {sentence}
          </span>
        </p>
      ))}
    </>
  );
}
