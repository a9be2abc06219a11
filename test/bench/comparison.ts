import { table } from "./report.ts";
import type { Sample } from "./rounds.ts";

/** What each proxy came to, in the order they were measured in. */
export type Results = ReadonlyMap<{ readonly name: string }, Sample>;

export interface Column {
  readonly head: string;
  readonly key: string;
  /** Behind the point; undefined: the ratio to nginx's. */
  readonly digits?: number;
}

/** One line for each proxy. */
export function comparison(results: Results, columns: readonly Column[]): string {
  const rows = [...results].map(([{ name }, sample]) => [
    name,
    ...columns.map(({ key, digits }) =>
      digits === undefined ? timesNginx(results, name, key) : (sample[key] ?? Number.NaN).toFixed(digits),
    ),
  ]);
  return table(["proxy", ...columns.map(({ head }) => head)], rows);
}

/** How a proxy compares with another in one of the numbers; a dash when one of them was not measured. */
export function times(results: Results, name: string, other: string, key: string): string {
  const of = (wanted: string) => [...results].find(([peer]) => peer.name === wanted)?.[1][key];
  const [one, two] = [of(name), of(other)];
  return one === undefined || two === undefined ? "–" : (one / two).toFixed(2);
}

function timesNginx(results: Results, name: string, key: string): string {
  return times(results, name, "nginx", key);
}

/** What is aimed at, and what came out: one line of Markdown. */
export function target(aim: string, measured: string): string {
  return `**Target:** ${aim}. **Measured:** ${measured}.`;
}
