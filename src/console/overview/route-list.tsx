import type { RouteNow } from "../api/answers.ts";
import { CutButton } from "../cut/cut-button.tsx";
import { RestoreButton } from "../cut/restore-button.tsx";
import { cuts } from "../live/cuts.ts";
import { recent } from "../live/recent.ts";
import { Table } from "../parts/table.tsx";
import { duration, percent, rate } from "../parts/words.ts";
import { Bar, wantedText } from "./split-bar.tsx";
import { type Doing, doings } from "./standing.ts";
import "./route-list.css";

/** Many routes, a line for each candidate: the same numbers as the cards, without the charts. */
export function RouteList({ routes }: { readonly routes: readonly RouteNow[] }) {
  return (
    <Table caption="Routes and their candidates">
      <thead>
        <tr>
          <th scope="col">Route</th>
          <th scope="col">Candidate</th>
          <th scope="col" class="number">
            Wanted
          </th>
          <th scope="col">Measured</th>
          <th scope="col" class="number">
            Requests/s
          </th>
          <th scope="col" class="number">
            Failures
          </th>
          <th scope="col" class="number">
            95 % within
          </th>
          <th scope="col">Guard</th>
          <th scope="col">
            <span class="unseen">What to do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {routes.map((route) => (
          <Rows key={route.name} route={route} />
        ))}
      </tbody>
    </Table>
  );
}

function Rows({ route }: { readonly route: RouteNow }) {
  const [stable, ...candidates] = doings(route, recent.value);
  if (stable === undefined) return null;
  if (candidates.length === 0) {
    return (
      <tr>
        <th scope="row">{route.name}</th>
        <td class="quiet">none</td>
        <td />
        <td />
        <td class="number">{rate(stable.perSecond)}</td>
        <td class="number">{percent(stable.failed)}</td>
        <td class="number">{duration(stable.last?.p95)}</td>
        <td />
        <td />
      </tr>
    );
  }
  return (
    <>
      {candidates.map((one) => (
        <CandidateRow key={one.version.version} route={route} stable={stable} one={one} />
      ))}
    </>
  );
}

interface CandidateRowProps {
  readonly route: RouteNow;
  readonly stable: Doing;
  readonly one: Doing;
}

function CandidateRow({ route, stable, one }: CandidateRowProps) {
  const { version, cut, verdict } = one.version;
  const decided = cuts.value.find((each) => each.route === route.name && each.version === version);
  return (
    <tr data-cut={cut}>
      <th scope="row">{route.name}</th>
      <td>
        {version}
        {cut && <strong class="cut-word"> ✕ CUT</strong>}
      </td>
      <td class="number">{wantedText(route, one)}</td>
      <td>
        <span class="measured">
          <Bar parts={[one.measured ?? 0]} />
          <span class="number">{percent(one.measured)}</span>
        </span>
      </td>
      <td class="number">
        {rate(stable.perSecond)} <span class="candidate-number">{rate(one.perSecond)}</span>
      </td>
      <td class="number">
        {percent(stable.failed)} <span class="candidate-number">{percent(one.failed)}</span>
      </td>
      <td class="number">
        {duration(stable.last?.p95)} <span class="candidate-number">{duration(one.last?.p95)}</span>
      </td>
      <td>{verdict?.verdict}</td>
      <td class="number">
        {cut && decided !== undefined ? (
          <RestoreButton cut={decided} />
        ) : (
          <CutButton
            candidate={{ route: route.name, version, stable: stable.version.version, perSecond: one.perSecond }}
          />
        )}
      </td>
    </tr>
  );
}
