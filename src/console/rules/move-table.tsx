import type { PreviewAnswer } from "../api/editor-answers.ts";
import { Table } from "../parts/table.tsx";
import { moved } from "./preview-words.ts";

/** Rules of which requests move, the most first. */
const MOST = 8;

/** By which rules how many come and go. */
export function MoveTable({ preview }: { readonly preview: PreviewAnswer }) {
  const rules = preview.rules.filter((rule) => moved(rule) > 0).slice(0, MOST);
  if (rules.length === 0) return null;
  return (
    <Table caption="Requests that move, by the rule that would decide them">
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col" class="number">
            To a candidate
          </th>
          <th scope="col" class="number">
            To stable
          </th>
          <th scope="col" class="number">
            Of
          </th>
        </tr>
      </thead>
      <tbody>
        {rules.map(({ route, name, moves, seen }) => (
          <tr key={`${route}/${name}`}>
            <th scope="row">
              {route} / {name}
            </th>
            <td class="number">{(moves["to candidate"]?.requests ?? 0).toLocaleString("en-US")}</td>
            <td class="number">{(moves["to stable"]?.requests ?? 0).toLocaleString("en-US")}</td>
            <td class="number">{seen.requests.toLocaleString("en-US")}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
