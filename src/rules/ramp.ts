import type { RampStep } from "../routing/rules.ts";
import { duration } from "./duration.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, type Read, text } from "./schema.ts";
import { share, shareText } from "./shares.ts";

const GATES: readonly NonNullable<RampStep["until"]>[] = ["good", "approved"];
const MOST_STEPS = 50;
const REPAIR = "write a list such as `[{ to: 1%, for: 10m }, { to: 5%, until: good }, { to: 100% }]`";

const gate = text("write `good` or `approved`", (written): Read<NonNullable<RampStep["until"]>> => {
  const word = GATES.find((known) => known === written);
  if (word !== undefined) return { kind: "ok", value: word };
  return { kind: "wrong", message: `${shown(written)} is nothing to wait for: write \`good\` or \`approved\`.` };
}).meta({ enum: GATES });

export const rampStepSchema = mapOf("write a step such as `{ to: 5%, for: 30m }`", {
  to: share.describe("The candidate's share in this step; it rises from step to step."),
  for: duration.optional().describe("How long the step lasts at least, such as `30s`, `10m`, `2h` or `1d`."),
  until: gate
    .optional()
    .describe(
      "What else must come before the next step: the guard's verdict `good`, or somebody's approval (`approved`).",
    ),
});

/** The steps of a ramp; undefined: something of them was refused. */
export function readRamp(reading: Reading, place: Place): readonly RampStep[] | undefined {
  const before = reading.mistakes.length;
  const places = reading.list(place, REPAIR);
  const steps: RampStep[] = [];
  if (places.length > MOST_STEPS) {
    reading.refuse(place, `A ramp has at most ${MOST_STEPS} steps, and this one ${places.length}: leave some out.`);
    return undefined;
  }
  for (const [i, at] of places.entries()) {
    const read = reading.map(at, rampStepSchema);
    if (read === undefined) continue;
    const step: RampStep = { points: read.to, for: read.for, until: read.until };
    const last = steps.at(-1);
    if (last !== undefined && step.points <= last.points) {
      const what = `A ramp only rises, and ${shareText(step.points)} is not more than ${shareText(last.points)}`;
      reading.refuse(child(at, "to"), `${what} of the step before: write a greater share, or leave the step out.`);
    }
    refuseGate(reading, at, step, i === places.length - 1);
    steps.push(step);
  }
  return reading.mistakes.length === before ? steps : undefined;
}

function refuseGate(reading: Reading, place: Place, step: RampStep, isLast: boolean): void {
  const gated = step.for !== undefined || step.until !== undefined;
  if (isLast && gated) {
    const key = step.for === undefined ? "until" : "for";
    reading.refuse(
      child(place, key),
      "The last step stays: leave `for` and `until` out, or add the step that follows.",
    );
  } else if (!isLast && !gated) {
    reading.refuse(
      place,
      "This step would be over at once: say how long it lasts, as in `for: 30m`, or `until: approved`.",
    );
  } else if (step.until === "good" && step.points === 0) {
    reading.refuse(child(place, "until"), "At `0%` there is nothing to judge: write `until: approved`, or a share.");
  }
}
