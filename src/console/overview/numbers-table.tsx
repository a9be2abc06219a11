import type { RecentPoint, RouteNow } from "../api/answers.ts";
import { EVERY_MS } from "../live/recent.ts";
import { duration, percent, rate } from "../parts/words.ts";
import { MarkList } from "./mark-list.tsx";
import { type Mark, marksOf } from "./marks.ts";
import { type ChartMark, type Line, Sparkline } from "./sparkline.tsx";
import type { Doing } from "./standing.ts";
import "./numbers-table.css";

interface Row {
  readonly name: string;
  readonly about?: string;
  readonly now: (doing: Doing) => string;
  readonly past: (point: RecentPoint) => number | null;
}

const ROWS: readonly Row[] = [
  { name: "Requests/s", now: ({ perSecond }) => rate(perSecond), past: ({ requests }) => requests },
  {
    name: "Failures",
    now: ({ failed }) => percent(failed),
    past: ({ requests, failures }) => (requests === 0 ? null : failures / requests),
  },
  { name: "Half within", about: "p50", now: ({ last }) => duration(last?.p50), past: ({ p50 }) => p50 },
  { name: "95 % within", about: "p95", now: ({ last }) => duration(last?.p95), past: ({ p95 }) => p95 },
  {
    name: "First byte",
    about: "p50",
    now: ({ last }) => duration(last?.firstByte50),
    past: ({ firstByte50 }) => firstByte50,
  },
];

/** Streams of tokens are waited for until their first one; there the first byte tells little. */
const FIRST_TOKEN: Row = {
  name: "First token",
  about: "p50",
  now: ({ last }) => duration(last?.firstToken50),
  past: ({ firstToken50 }) => firstToken50,
};

function rowsFor(doings: readonly Doing[]): readonly Row[] {
  const streams = doings.some(({ points }) => points.some(({ firstToken50 }) => firstToken50 !== null));
  return streams ? [...ROWS.slice(0, -1), FIRST_TOKEN] : ROWS;
}

const POINTS = 60;
/** What is decided about a candidate stands out; what else happens is hinted at. */
const LOOKS: Readonly<Record<Mark["kind"], Omit<ChartMark, "ago">>> = {
  cut: { colour: "--cut", dash: [] },
  restored: { colour: "--good", dash: [] },
  edit: { colour: "--line-strong", dash: [1, 2] },
  ramp: { colour: "--candidate", dash: [4, 2] },
  good: { colour: "--good", dash: [4, 2] },
  bad: { colour: "--cut", dash: [4, 2] },
};
const DASHES = [undefined, [4, 2], [1, 2]] as const;

/** What each version of a route does, side by side, and how it came there. */
export function NumbersTable({ route, doings }: { readonly route: RouteNow; readonly doings: readonly Doing[] }) {
  const marks = marksOf(route.name, POINTS * EVERY_MS);
  return (
    <>
      <Numbers route={route} doings={doings} marks={marks.map(chartMark)} />
      <MarkList marks={marks} />
    </>
  );
}

function chartMark({ at, kind }: Mark): ChartMark {
  return { ago: (Date.now() - at) / EVERY_MS, ...LOOKS[kind] };
}

interface NumbersProps {
  readonly route: RouteNow;
  readonly doings: readonly Doing[];
  readonly marks: readonly ChartMark[];
}

function Numbers({ route, doings, marks }: NumbersProps) {
  return (
    <table class="numbers">
      <caption class="unseen">The last half minute of {route.name}</caption>
      <thead>
        <tr>
          <td />
          {doings.map(({ version }) => (
            <th key={version.version} scope="col">
              <span class={`key ${version.track}`} />
              {version.version}
            </th>
          ))}
          <th scope="col" class="trend">
            5 min
          </th>
        </tr>
      </thead>
      <tbody>
        {rowsFor(doings).map((row) => (
          <tr key={row.name}>
            <th scope="row">
              {row.name} {row.about !== undefined && <small>{row.about}</small>}
            </th>
            {doings.map((doing) => (
              <td key={doing.version.version} class={`number ${doing.version.track}`}>
                {row.now(doing)}
              </td>
            ))}
            <td class="trend">
              <Sparkline lines={doings.map((doing, i) => lineOf(doing, i, row))} marks={marks} points={POINTS} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function lineOf({ version, points }: Doing, i: number, { past }: Row): Line {
  const values = points.map(past);
  if (version.track === "stable") return { values, colour: "--stable" };
  const dash = DASHES[i - 1];
  return dash === undefined ? { values, colour: "--candidate" } : { values, colour: "--candidate", dash };
}
