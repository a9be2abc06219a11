import { Ramp } from "../admin/shapes/ramp.ts";
import { timeText } from "../routing/ramp.ts";
import { EXIT, Stop } from "./exit.ts";
import { remote } from "./remote.ts";

const ORDERS = ["pause", "resume", "skip", "approve", "abort"];

/** Orders about the ramp of a rule. */
export const ramp = remote(
  {
    usage: "ramp ROUTE RULE pause|resume|skip|approve|abort [--why WHY]",
    about: `Pauses the ramp of a rule, resumes it, skips its present step, approves it, or aborts the ramp. Aborting takes the share to 0 %
at once; resuming after that begins anew. Whoever wrote a ramp cannot approve it.`,
    examples: [
      "canary-router ramp chat everyone pause --why 'looking at the latencies'",
      "canary-router ramp chat everyone approve",
    ],
    options: { why: { type: "string" } },
    takes: [3, 3],
  },
  async ({ api, values, args, tell }) => {
    const [route = "", rule = "", order = ""] = args;
    if (!ORDERS.includes(order)) throw new Stop(EXIT.usage, `${order} is no order: write one of ${ORDERS.join(", ")}`);
    const path = `/api/routes/${encodeURIComponent(route)}/rules/${encodeURIComponent(rule)}/ramp`;
    const found = await api.json(Ramp, { method: "POST", path, body: { order, why: values.why } });
    tell(found, () => [`${route} / ${rule}: ${rampLine(found)}`]);
    return EXIT.done;
  },
);

/** `5 %, step 2 of 4, running; then 25 % in 12 min, waits for an approval`. */
export function rampLine({ percent, step, steps, state, next }: Ramp): string {
  const here = `${percent} %, step ${step} of ${steps.length}, ${state}`;
  if (next === undefined) return here;
  const time = next.in > 0 ? ` in ${timeText(next.in)}` : "";
  // The time is told already.
  const waits = next.in > 0 ? next.waitsFor.slice(1) : next.waitsFor;
  return `${here}; then ${next.percent} %${time}${waits.length === 0 ? "" : `, waits for ${waits.join(" and ")}`}`;
}
