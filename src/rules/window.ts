import type { Window } from "../routing/rules.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

const REPAIR = 'write two times such as `["2026-12-01T08:00Z", "2026-12-24T18:00Z"]`';
const SHAPE = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d\d:\d\d)?$/;

/** A moment: milliseconds since the epoch. */
export const time = text("write a time such as `2026-12-01T08:00Z`", readTime).meta({
  only: "string",
  pattern: SHAPE.source,
});

/** `between: [from, until]`; undefined: something of it was refused. */
export function readWindow(reading: Reading, place: Place): Window | undefined {
  const places = reading.list(place, REPAIR);
  const times = places.map((at) => reading.value(at, time));
  const [from, until] = times;
  if (places.length > 0 && places.length !== 2) {
    reading.refuse(
      place,
      `A rule holds between two times, and here ${places.length === 1 ? "is 1" : `are ${places.length}`}: ${REPAIR}.`,
    );
  } else if (from !== undefined && until !== undefined) {
    if (from < until) return { from, until };
    reading.refuse(child(place, 1), "The end is not after the beginning: write the earlier time first.");
  }
  return undefined;
}

/** RFC 3339 without fractions → milliseconds since the epoch. */
function readTime(written: string): Read<number> {
  const [, day, , , zone] = SHAPE.exec(written) ?? [];
  if (day === undefined) return wrong(`${shown(written)} is no time: write one such as \`2026-12-01T08:00Z\`.`);
  if (zone === undefined) {
    return wrong(
      `${shown(written)} has no time zone: write \`${written}Z\` for UTC, or \`${written}+01:00\` for Berlin in winter.`,
    );
  }
  const midnight = Date.parse(`${day}T00:00Z`);
  const milliseconds = Date.parse(written);
  // February the 30th is taken for the 2nd of March.
  if (Number.isNaN(milliseconds) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) {
    return wrong(`${shown(written)} is a time that there is not: look at the day, the month and the time zone.`);
  }
  return { kind: "ok", value: milliseconds };
}

function wrong(message: string): { readonly kind: "wrong"; readonly message: string } {
  return { kind: "wrong", message };
}
