import type { RuleError } from "../../rules/rule-error.ts";
import { Said } from "../parts/said.tsx";
import { lineToShow } from "./yaml-pane.tsx";

/** How many are read at once. */
const MOST = 5;

/** All that is wrong, with its place. */
export function MistakeList({ mistakes }: { readonly mistakes: readonly RuleError[] }) {
  const more = mistakes.length - MOST;
  return (
    <div class="mistake-list" role="status" data-any={mistakes.length > 0}>
      {mistakes.length > 0 && (
        <>
          <h2>{mistakes.length === 1 ? "One mistake" : `${mistakes.length} mistakes`}</h2>
          <ul>
            {mistakes.slice(0, MOST).map(({ line, column, path, message }) => (
              <li key={`${line}:${column}:${path}:${message}`}>
                <button type="button" class="link" onClick={() => (lineToShow.value = { line })}>
                  Line {line}
                </button>{" "}
                <Said text={message} />
              </li>
            ))}
          </ul>
          {more > 0 && <p class="hint">and {more} more, marked in the YAML</p>}
        </>
      )}
    </div>
  );
}
