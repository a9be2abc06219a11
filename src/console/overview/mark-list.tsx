import type { Mark } from "./marks.ts";
import "./mark-list.css";

const SIGNS: Readonly<Record<Mark["kind"], string>> = {
  cut: "✕",
  restored: "↺",
  edit: "✎",
  ramp: "↗",
  good: "✓",
  bad: "!",
};
/** The rest stands in the history. */
const MOST = 4;

/** What the marks on the charts above stand for, the newest first. */
export function MarkList({ marks }: { readonly marks: readonly Mark[] }) {
  if (marks.length === 0) return null;
  const more = marks.length - MOST;
  return (
    <ul class="marks" aria-label="Marked on the charts">
      {marks.slice(0, MOST).map(({ at, kind, title, about }) => (
        <li key={`${at} ${title}`} data-kind={kind}>
          <span class="mark-sign" aria-hidden="true">
            {SIGNS[kind]}
          </span>
          <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString("en-GB")}</time>{" "}
          <span class="mark-words">
            <strong>{title}</strong> <span>{about}</span>
          </span>
        </li>
      ))}
      {more > 0 && (
        <li>
          <a href="/history">{more} more in the history</a>
        </li>
      )}
    </ul>
  );
}
