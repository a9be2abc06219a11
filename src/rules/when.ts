import type { Condition } from "../routing/rules.ts";
import { conditionsOf, headerConditions, headerValues, whenShape } from "./conditions.ts";
import { child, type Place, textAt } from "./place.ts";
import type { Reading } from "./reading.ts";
import { apart, mapOf, mapTo } from "./schema.ts";

export const whenSchema = mapOf("write conditions such as `{ customerType: internal }`", {
  ...whenShape,
  header: apart("Headers and their values; one of these, `*` stands for any text.", mapTo(headerValues)),
});

/**
 * A map of conditions, all of which must hold; none where nothing is written. undefined: something was refused.
 * `everyone` is the repair for who means all requests.
 */
export function readWhen(
  reading: Reading,
  place: Place,
  everyone = "leave it out for every request",
): readonly Condition[] | undefined {
  if (place.node === undefined) return [];
  const { value, entries, items } = place.node;
  if (value === null || (entries.size === 0 && items.length === 0 && textAt(place) === undefined)) {
    const what = `\`${place.path?.key}\` has no condition`;
    reading.refuse(place, `${what}: ${everyone}, or write \`{ customerType: internal }\`.`);
    return undefined;
  }
  const read = reading.map(place, whenSchema);
  const headers = headerConditions(reading, child(place, "header"));
  return read === undefined || headers === undefined ? undefined : [...conditionsOf(read), ...headers];
}
