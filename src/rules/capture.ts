import { DETECTORS, type Detector } from "../inference/redact-text.ts";
import type { Capture, CaptureField } from "../routing/rules.ts";
import { child, type Place } from "./place.ts";
import { pointer } from "./pointer.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, oneOrMany, type Read, text } from "./schema.ts";
import { share } from "./shares.ts";
import { size } from "./size.ts";
import { listed } from "./suggestion.ts";

const FIELDS: readonly CaptureField[] = ["customer", "request", "answer"];
const NOTHING = "nothing";

/** What of a body is kept unless the document says otherwise, and at the most: looking through more would hold requests up. */
const LIMIT = 64 * 1024;
const MOST = 256 * 1024;

/** One of these words. */
function word<const T extends string>(words: readonly T[], what: string) {
  return text(`write ${listed(words)}`, (written): Read<T> => {
    const known = words.find((one) => one === written);
    if (known !== undefined) return { kind: "ok", value: known };
    return { kind: "wrong", message: `${shown(written)} is ${what}: there is ${listed(words)}.` };
  }).meta({ enum: words });
}

const redactSchema = mapOf("write `{ pointers: [/user], detect: [email, card] }`", {
  pointers: oneOrMany("write JSON pointers such as `[/user, /messages/*/name]`", pointer)
    .optional()
    .describe("Values of bodies that are not kept; `*` stands for any one."),
  detect: oneOrMany(
    "write a list such as `[email, card]`, or `nothing`",
    word<Detector | typeof NOTHING>([...DETECTORS, NOTHING], "nothing that can be looked for"),
  )
    .optional()
    .describe("What is looked for in texts and replaced: all that can be, unless it is said."),
});

export const captureSchema = mapOf("write a map such as `{ share: 5%, fields: [request, answer] }`", {
  share: share.describe("How many of the requests are kept."),
  fields: oneOrMany("write a list such as `[request, answer]`", word(FIELDS, "nothing that can be kept"))
    .optional()
    .describe("What is kept besides facts, decision and outcome: `customer`, `request`, `answer`."),
  limit: size.optional().describe("How large a body may be to be kept, such as `64KiB`."),
  redact: apart("What is not kept of bodies.", redactSchema.schema),
});

/** undefined: it is not there, or something of it was refused. */
export function readCapture(reading: Reading, place: Place): Capture | undefined {
  if (place.node === undefined) return undefined;
  const before = reading.mistakes.length;
  const own = reading.map(place, captureSchema);
  const at = child(place, "redact");
  const redact = at.node === undefined ? undefined : reading.map(at, redactSchema);
  if (own === undefined || reading.mistakes.length > before) return undefined;
  const { share: points, fields = [], limit = LIMIT } = own;
  if (limit > MOST) {
    reading.refuse(child(place, "limit"), "Bodies as large as that are not kept: write `256KiB` or less.");
    return undefined;
  }
  const detect = redact?.detect ?? DETECTORS;
  const detectors = DETECTORS.filter((one) => detect.includes(one));
  return { points, fields, limit, redact: { pointers: redact?.pointers ?? [], detect: detectors } };
}
