import { BUCKETS } from "../routing/bucket.ts";
import type { GivenRequest, RuleTest } from "../routing/rules.ts";
import { methodFault, pathFault } from "./conditions.ts";
import { oneModality } from "./modality.ts";
import { headerFault, name } from "./names.ts";
import { child, keyPlace, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { At } from "./route.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, mapTo, type Read, text, yesOrNo } from "./schema.ts";
import { time } from "./window.ts";

const oneValue = text(
  "write the value that the request has",
  (written): Read<string> => ({ kind: "ok", value: written }),
);

const givenSchema = mapOf("write what is known of the request, such as `{ customerType: internal }`", {
  path: checked("write a path such as `/v1/chat/completions`", onePathFault).describe(
    "Without it, the beginning of the route's first entry.",
  ),
  method: checked("write a method such as `POST`", methodFault).describe(
    "Without it, that of the route's first entry, or `POST`.",
  ),
  headers: apart("Headers that it has.", mapTo(oneValue)),
  model: checked("write a model such as `llama-3-70b`").describe("The model that it names."),
  modality: oneModality.optional().describe("What it is about; without it, what the path says."),
  customer: checked("write a customer's id such as `acme`").describe("Who asks."),
  customerType: name("write a customer type such as `internal`").optional().describe("The type of who asks."),
  stream: yesOrNo.optional().describe("Whether the answer is a stream."),
  stateful: yesOrNo.optional().describe("Whether it builds on what a version keeps."),
  at: time.optional().describe("When it comes."),
  key: checked("write a sticky key such as `session-1`").describe("The sticky key, whatever the route is sticky by."),
  bucket: text(`write a number from 0 to ${BUCKETS - 1}`, readBucket)
    .meta({ only: "integer", minimum: 0, maximum: BUCKETS - 1 })
    .optional()
    .describe("The bucket, in the place of any key."),
});

export const testSchema = mapOf("write `{ route: chat, given: { customerType: internal }, expect: candidate }`", {
  route: name("write the name of a route").describe("The route that must take the request."),
  given: apart("What is known of the request.", givenSchema.schema),
  expect: name("write `stable`, `candidate` or the name of a version").describe(
    "Who must answer: `stable`, `candidate` or a version.",
  ),
  rule: name("write the name of the rule that decides")
    .optional()
    .describe("The rule that must decide; `none` for none."),
});

/** The tests of the document, as far as they could be read. */
export function readTests(reading: Reading, place: Place): readonly At<RuleTest>[] {
  if (place.node === undefined) return [];
  const repair = "write a list such as `[{ route: chat, given: { customerType: internal }, expect: candidate }]`";
  return reading.list(place, repair).flatMap((at) => {
    const read = readTest(reading, at);
    return read === undefined ? [] : [{ place: at, read }];
  });
}

function readTest(reading: Reading, place: Place): RuleTest | undefined {
  const own = reading.map(place, testSchema);
  const at = child(place, "given");
  const given = at.node === undefined ? { headers: {} } : readGiven(reading, at);
  return own && given && { route: own.route, given, expect: own.expect, rule: own.rule };
}

function readGiven(reading: Reading, place: Place): GivenRequest | undefined {
  const own = reading.map(place, givenSchema);
  const headers = readHeaders(reading, child(place, "headers"));
  if (own === undefined || headers === undefined) return undefined;
  if (own.key !== undefined && own.bucket !== undefined) {
    reading.refuse(child(place, "bucket"), "A `key` has a bucket already: keep one of the two.");
    return undefined;
  }
  return { ...own, headers };
}

function readHeaders(reading: Reading, place: Place): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = Object.create(null);
  if (place.node === undefined) return headers;
  const before = reading.mistakes.length;
  for (const [written, at] of reading.entries(place, "write `{ x-name: value }`")) {
    const fault = headerFault(written);
    if (fault !== undefined) reading.refuse(keyPlace(place, written), fault);
    const value = reading.value(at, oneValue);
    if (value !== undefined) headers[written.toLowerCase()] = value;
  }
  return reading.mistakes.length === before ? headers : undefined;
}

function onePathFault(written: string): string | undefined {
  return written.includes("*")
    ? `The path ${shown(written)} is that of many requests: write one without \`*\`.`
    : pathFault(written);
}

function checked(repair: string, fault: (written: string) => string | undefined = () => undefined) {
  const value = text(repair, (written): Read<string> => {
    const why = written === "" ? `An empty text says nothing: ${repair}.` : fault(written);
    return why === undefined ? { kind: "ok", value: written } : { kind: "wrong", message: why };
  });
  return value.optional();
}

function readBucket(written: string): Read<number> {
  if (/^\d{1,4}$/.test(written)) return { kind: "ok", value: Number(written) };
  return { kind: "wrong", message: `${shown(written)} is no bucket: write a number from 0 to ${BUCKETS - 1}.` };
}
