import type { Match } from "../routing/rules.ts";
import { conditionsOf, headerConditions, headerValues, methodValues, modelValues, pathFault } from "./conditions.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, mapTo, type Read, text } from "./schema.ts";

const REPAIR = "write `path: /v1/chat/completions`, or a prefix such as `path: /v1/*`";

export const matchSchema = mapOf(REPAIR, {
  path: text(REPAIR, readMatchPath)
    .meta({ only: "string", pattern: "^/" })
    .optional()
    .describe("The path without the query, or a beginning that ends in `/*`."),
  model: modelValues.optional().describe("The model that the request names; one of these, `*` stands for any text."),
  method: methodValues.optional().describe("One of these methods."),
  header: apart("Headers and their values; one of these, `*` stands for any text.", mapTo(headerValues)),
});

/** One entry of `match`; undefined: something of it was refused. */
export function readMatch(reading: Reading, place: Place): Match | undefined {
  if (place.node?.entries.size === 0 && typeof place.node.value === "object") {
    reading.refuse(place, "This entry has no condition: write `path: /*` for every request.");
    return undefined;
  }
  const read = reading.map(place, matchSchema);
  const headers = headerConditions(reading, child(place, "header"));
  if (read === undefined || headers === undefined) return undefined;
  return { path: read.path, conditions: [...conditionsOf({ method: read.method, model: read.model }), ...headers] };
}

/** Exact, or a prefix that ends in `/*`: what can be found without trying every route. */
function readMatchPath(written: string): Read<string> {
  const fault = written.startsWith("/")
    ? (starFault(written) ?? pathFault(written))
    : `The path ${shown(written)} does not start with a slash: write ${shown(`/${written}`)}.`;
  return fault === undefined ? { kind: "ok", value: written } : { kind: "wrong", message: fault };
}

function starFault(written: string): string | undefined {
  const star = written.indexOf("*");
  if (star < 0 || (star === written.length - 1 && written.endsWith("/*"))) return undefined;
  const prefix = `${written.slice(0, written.lastIndexOf("/", star) + 1)}*`;
  return `The path ${shown(written)} has a \`*\` that is not its last part: write ${shown(prefix)}, and the rest as a rule's condition.`;
}
