import type { ChangeWords } from "./change-words.ts";
import "./change-list.css";

/** More than anybody reads, and than a page should draw. */
const MOST = 60;

/** Changes in words; of very many the rest is counted. */
export function ChangeList({ change }: { readonly change: ChangeWords }) {
  if (change.kind === "untold") return <p class="hint">{change.why}</p>;
  const { words } = change;
  if (words.length === 0) return <p class="hint">Nothing that the router decides by: only how it is written.</p>;
  const more = words.length - MOST;
  return (
    <ul class="change-words">
      {words.slice(0, MOST).map((line) => (
        <li key={line}>{line}</li>
      ))}
      {more > 0 && <li>and {more} more</li>}
    </ul>
  );
}
