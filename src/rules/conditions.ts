import type { Condition, SimpleFact } from "../routing/rules.ts";
import { modalityPattern } from "./modality.ts";
import { headerFault, name } from "./names.ts";
import { keyPlace, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { oneOrMany, type Read, text, yesOrNoWord } from "./schema.ts";

/** The facts that a condition names by their key alone. */
const customerValues = values("write a customer's id such as `acme`", () => undefined);
export const methodValues = values("write a method such as `POST`", methodFault);
export const modelValues = values("write a model such as `llama-3-70b`", () => undefined);
export const headerValues = values('write a value, or `"*"` for any', () => undefined);

const answers = oneOrMany("write `true` or `false`", yesOrNoWord);

/** What `when` may ask, each with its values. */
export const whenShape = {
  customerType: oneOrMany("write a customer type such as `internal`", name("write a customer type such as `internal`"))
    .optional()
    .describe("The type of the customer who asks; one of these, `*` stands for any text."),
  customer: customerValues.optional().describe("The customer's id; one of these, `*` stands for any text."),
  modality: oneOrMany("write a modality such as `image`", modalityPattern)
    .optional()
    .describe("What the request is about; one of these."),
  model: modelValues.optional().describe("The model that the request names; one of these, `*` stands for any text."),
  method: methodValues.optional().describe("One of these methods."),
  path: values("write a path such as `/v1/chat/*`", pathFault)
    .optional()
    .describe("The path without the query; one of these, `*` stands for any text."),
  stream: answers.optional().describe("Whether the answer is a stream."),
  stateful: answers
    .optional()
    .describe(
      "Whether the request builds on what a version keeps: files, threads, an earlier response. Unless a rule names it, stable answers such requests.",
    ),
};

const SIMPLE_FACTS: readonly SimpleFact[] = [
  "customerType",
  "customer",
  "modality",
  "model",
  "method",
  "path",
  "stream",
  "stateful",
];

/** The conditions of a map `{ fact: values }` that has been read. */
export function conditionsOf(read: { readonly [Fact in SimpleFact]?: readonly string[] | undefined }): Condition[] {
  return SIMPLE_FACTS.flatMap((fact) => {
    const values = read[fact];
    return values === undefined ? [] : [{ fact, values }];
  });
}

/** `header: {name: value}`: one condition a name. undefined: something was refused. */
export function headerConditions(reading: Reading, place: Place): readonly Condition[] | undefined {
  if (place.node === undefined) return [];
  const before = reading.mistakes.length;
  const conditions = reading.entries(place, "write `{ x-name: value }`").flatMap(([name, at]): Condition[] => {
    const fault = headerFault(name);
    if (fault !== undefined) reading.refuse(keyPlace(place, name), fault);
    const values = reading.value(at, headerValues);
    return values === undefined ? [] : [{ fact: "header", name: name.toLowerCase(), values }];
  });
  return reading.mistakes.length === before ? conditions : undefined;
}

export function methodFault(written: string): string | undefined {
  if (/^[A-Z0-9!#$%&'*+.^_`|~-]+$/.test(written)) return undefined;
  return `${shown(written)} is no method: write it in capitals, such as \`POST\`.`;
}

/** What is wrong with a path to compare the request's with; the query is no part of it. */
export function pathFault(written: string): string | undefined {
  if (!/^[/*]/.test(written))
    return `The path ${shown(written)} does not start with a slash: write ${shown(`/${written}`)}.`;
  if (/[?#\s]/.test(written)) {
    return `The path ${shown(written)} has a character that no path has (\`?\`, \`#\` or a space): write the path alone.`;
  }
  return written.length > 1024 ? "The path is longer than 1024 characters: write a shorter one." : undefined;
}

function values(repair: string, fault: (written: string) => string | undefined) {
  return oneOrMany(
    repair,
    text(repair, (written): Read<string> => {
      const why = written === "" ? `An empty text matches nothing: ${repair}.` : fault(written);
      return why === undefined ? { kind: "ok", value: written } : { kind: "wrong", message: why };
    }),
  );
}
