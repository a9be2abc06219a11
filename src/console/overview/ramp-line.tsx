import type { RouteNow } from "../api/answers.ts";
import { percent, span } from "../parts/words.ts";
import "./ramp-line.css";

type Rules = RouteNow["rules"];
type Ramp = NonNullable<Rules[number]["ramp"]>;

/** Where the ramps of a route are, and what comes next. */
export function RampLine({ rules }: { readonly rules: Rules }) {
  return (
    <>
      {rules.map(
        ({ name, ramp }) =>
          ramp !== undefined && (
            <div key={name} class="ramp">
              <p>
                <strong>Ramp {ramp.state}</strong> for “{name}”: {percent(ramp.percent / 100)}, step {ramp.step} of{" "}
                {ramp.steps.length}. {nextOf(ramp)}
              </p>
              <ol aria-hidden="true">
                {ramp.steps.map((step, i) => (
                  <li key={i} data-past={i < ramp.step - 1} data-now={i === ramp.step - 1}>
                    {percent(step.percent / 100)}
                  </li>
                ))}
              </ol>
            </div>
          ),
      )}
    </>
  );
}

function nextOf({ next, why }: Ramp): string {
  if (next === undefined) return why === undefined || why === "" ? "" : `${why}.`;
  const when = next.in > 0 ? ` in ${span(next.in)}` : "";
  const waits = next.waitsFor.length === 0 ? "" : `, once ${next.waitsFor.join(" and ")}`;
  return `Next ${percent(next.percent / 100)}${when}${waits}.`;
}
