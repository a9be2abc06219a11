import type { RouteNow } from "../api/answers.ts";
import { percent, span } from "../parts/words.ts";
import { type Ramp, RampOrders } from "./ramp-orders.tsx";
import "./ramp-line.css";

/** Where the ramps of a route are, and what comes next. */
export function RampLine({ route }: { readonly route: RouteNow }) {
  return (
    <>
      {route.rules.map(
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
              <RampOrders route={route.name} rule={name} ramp={ramp} />
            </div>
          ),
      )}
    </>
  );
}

function nextOf({ next, why }: Ramp): string {
  if (next === undefined) return why === undefined || why === "" ? "" : `${why}.`;
  const words = `Next ${percent(next.percent / 100)}`;
  if (next.waitsFor.length > 0) return `${words}; waits for ${next.waitsFor.join(" and ")}.`;
  return next.in > 0 ? `${words} in ${span(next.in)}.` : `${words} now.`;
}
