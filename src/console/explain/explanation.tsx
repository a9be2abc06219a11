import type { ExplainAnswer } from "../api/editor-answers.ts";
import { Said } from "../parts/said.tsx";
import { VersionName } from "../parts/version-name.tsx";
import { BucketBar } from "./bucket-bar.tsx";

interface ExplanationProps {
  readonly answer: ExplainAnswer;
  readonly asked: string;
}

/** The decision first, then the steps that led to it, then what would have led elsewhere. */
export function Explanation({ answer, asked }: ExplanationProps) {
  const { decision, bucket, revision } = answer;
  const { steps, because, changes } = told(answer);
  return (
    <>
      <header class="decision" data-track={decision?.track ?? "none"}>
        <p class="hint">
          {asked}, by revision {revision}
        </p>
        <h2>
          {decision === undefined ? (
            "No route takes this request"
          ) : (
            <>
              <VersionName track={decision.track} version={decision.version} /> answers, as {decision.track}
            </>
          )}
        </h2>
        {decision !== undefined && (
          <p>
            Route <strong>{decision.route}</strong>
            {decision.rule !== "none" && (
              <>
                , rule <strong>{decision.rule}</strong>
              </>
            )}
          </p>
        )}
      </header>
      <ol class="steps" aria-label="Step by step">
        {steps.map(({ holds, text }) => (
          <li key={text} data-holds={holds}>
            <span class="mark" aria-hidden="true">
              {holds ? "✓" : "–"}
            </span>
            <Said text={text} />
          </li>
        ))}
        {because !== undefined && (
          <li data-holds="decides">
            <span class="mark" aria-hidden="true">
              ➜
            </span>
            <div>
              <Said text={because} />
              {bucket !== undefined && bucket.slices.length > 0 && <BucketBar bucket={bucket} />}
            </div>
          </li>
        )}
      </ol>
      {changes.length > 0 && (
        <section aria-label="What would change it">
          <h3>What would change it</h3>
          <ul class="changes">
            {changes.map((text) => (
              <li key={text}>
                <Said
                  text={text
                    .replace(/^It would be otherwise /, "… ")
                    .replace(/^… (.)/, (_, letter: string) => letter.toUpperCase())}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
      {decision !== undefined && (
        <p class="hint">
          <a href={`/rules/${encodeURIComponent(decision.route)}`}>To the rules of {decision.route}</a>
        </p>
      )}
    </>
  );
}

interface ToldSteps {
  readonly steps: readonly { readonly holds: boolean; readonly text: string }[];
  readonly because: string | undefined;
  readonly changes: readonly string[];
}

/** The sentences by what they are about: entries of routes, rules that do not hold, the reason, changes. */
function told({ decision, entries, rules, words }: ExplainAnswer): ToldSteps {
  if (decision === undefined) {
    return { steps: words.slice(1).map((text) => ({ holds: false, text })), because: undefined, changes: [] };
  }
  const missed = rules.filter(({ misses }) => misses.length > 0).length;
  const before = entries.length + missed;
  const holds = [...entries.map(({ misses }) => misses.length === 0), ...Array.from({ length: missed }, () => false)];
  return {
    steps: words.slice(0, before).map((text, i) => ({ holds: holds[i] ?? false, text })),
    because: words[before],
    changes: words.slice(before + 1),
  };
}
