import type { RouteNow } from "../api/answers.ts";
import { percent } from "../parts/words.ts";
import { askedFor, type Doing } from "./standing.ts";
import "./split-bar.css";

/** How the requests of a route are split: what the rules want, and what came. */
export function SplitBar({ route, doings }: { readonly route: RouteNow; readonly doings: readonly Doing[] }) {
  const candidates = doings.filter(({ version }) => version.track === "candidate");
  if (candidates.length === 0) return <p class="split-none">No candidate: everything goes to stable.</p>;
  return (
    <dl class="split">
      <dt>Wanted</dt>
      <dd>
        <Bar parts={candidates.map(({ wanted, version }) => (version.cut ? 0 : (wanted ?? 0)))} />
        <span class="number">{candidates.map((one) => wantedText(route, one)).join(" + ")}</span>
      </dd>
      <dt>Measured</dt>
      <dd>
        <Bar parts={candidates.map(({ measured }) => measured ?? 0)} />
        <span class="number">{candidates.map(({ measured }) => percent(measured)).join(" + ")}</span>
      </dd>
    </dl>
  );
}

/** The candidates stand at the right end of stable's bar. */
export function Bar({ parts }: { readonly parts: readonly number[] }) {
  return (
    <span class="bar" aria-hidden="true">
      {parts.map((part, i) => (
        <span key={i} class="part" style={{ width: part === 0 ? "0" : `max(3px, ${part * 100}%)` }} />
      ))}
    </span>
  );
}

/** What a candidate should get; where nothing was asked, what rules would give it. */
export function wantedText(route: RouteNow, { version, wanted }: Doing): string {
  if (version.cut) return "0\u00a0%, cut";
  if (wanted !== undefined) return percent(wanted);
  const { from, to } = askedFor(route, version.version);
  return from === to ? percent(to / 100) : `${percent(from / 100)} to ${percent(to / 100)}`;
}
