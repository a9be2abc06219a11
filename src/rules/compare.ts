import { z } from "zod";
import type { Comparison, ComparisonHow } from "../routing/rules.ts";
import { percentage } from "./percentage.ts";
import { child, type Place, textAt } from "./place.ts";
import { pointer } from "./pointer.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, oneOrMany, type Read, text } from "./schema.ts";

const KINDS = ["json", "text", "tensors", "labels", "hook"] as const;
type Kind = (typeof KINDS)[number];

/** What each kind may say besides. */
const OWN: Readonly<Record<Kind, readonly string[]>> = {
  json: ["tolerance", "ignore"],
  text: ["similarity"],
  tensors: ["tolerance"],
  labels: ["tolerance"],
  hook: ["url"],
};
const ANY = ["as", "least", "keep"];
const NUMBER = /^\d{1,9}(\.\d{1,12})?(e-\d{1,2})?$/;
/** Model servers compute with floats of 16 bits, whose steps are a thousandth. */
const NEAR = 1e-3;
const ALIKE = 0.8;
const MOST_KEPT = 1_000;

const kind = text("write `json`, `text`, `tensors`, `labels` or `hook`", (written): Read<Kind> => {
  const word = KINDS.find((known) => known === written);
  if (word !== undefined) return { kind: "ok", value: word };
  const known = KINDS.map((one) => `\`${one}\``).join(", ");
  return { kind: "wrong", message: `${shown(written)} is no way to compare: write one of ${known}.` };
}).meta({ enum: KINDS });

const tolerance = text("write a number such as `0.001`", (written): Read<number> => {
  const number = NUMBER.test(written) ? Number(written) : Number.NaN;
  if (number >= 0 && number <= 1) return { kind: "ok", value: number };
  return { kind: "wrong", message: `${shown(written)} is no tolerance: write a number from 0 to 1 such as \`0.001\`.` };
});

const compareSchema = mapOf("write `text`, or a map such as `{ as: json, ignore: [/id] }`", {
  as: kind.describe("How answers are compared."),
  tolerance: tolerance.optional().describe("How far numbers may be apart, in parts of the greater one (or of 1)."),
  ignore: oneOrMany("write JSON pointers such as `[/id, /created]`", pointer)
    .optional()
    .describe("What is not compared."),
  similarity: percentage("How much of two texts must be alike.", 0, 100, "80%"),
  url: text("write a URL such as `http://127.0.0.1:9000/compare`", readUrl)
    .optional()
    .describe("The server that is asked whether two answers agree."),
  least: percentage("A version that surely agrees less often is cut.", 0, 100, "98%"),
  keep: text("write how many such as `20`", (written): Read<number> => {
    const number = /^\d{1,6}$/.test(written) ? Number(written) : Number.NaN;
    if (number <= MOST_KEPT) return { kind: "ok", value: number };
    return { kind: "wrong", message: `${shown(written)} cannot stand here: write a number from 0 to ${MOST_KEPT}.` };
  })
    .optional()
    .describe("How many of the last disagreements are kept for operators."),
});

/** What the key `compare` may hold. */
export const compareForm = z.union([kind, compareSchema.schema]);

/** undefined: it is not there, or something of it was refused. */
export function readCompare(reading: Reading, place: Place): Comparison | undefined {
  if (place.node === undefined) return undefined;
  if (textAt(place) !== undefined) {
    const as = reading.value(place, kind);
    if (as === "hook")
      reading.refuse(place, "A hook has a `url`: write `{ as: hook, url: http://127.0.0.1:9000/compare }`.");
    return as === undefined || as === "hook" ? undefined : { how: howOf({ as }), least: undefined, keep: 0 };
  }
  const before = reading.mistakes.length;
  const read = reading.map(place, compareSchema);
  if (read === undefined) return undefined;
  const { least, keep, ...own } = read;
  for (const key of place.node.entries.keys()) {
    if ([...ANY, ...OWN[own.as]].includes(key)) continue;
    reading.refuse(
      child(place, key),
      `\`${key}\` says nothing where answers are compared as \`${own.as}\`: leave it out.`,
    );
  }
  if (own.as === "hook" && own.url === undefined) {
    reading.refuse(place, "A hook has a `url`: write the one of the server that is to be asked.");
  }
  return reading.mistakes.length > before ? undefined : { how: howOf(own), least, keep: keep ?? 0 };
}

interface Said {
  readonly as: Kind;
  readonly tolerance?: number | undefined;
  readonly ignore?: readonly (readonly string[])[] | undefined;
  readonly similarity?: number | undefined;
  readonly url?: string | undefined;
}

function howOf({ as, tolerance, ignore = [], similarity = ALIKE, url = "" }: Said): ComparisonHow {
  switch (as) {
    case "json":
      return { as, tolerance: tolerance ?? 0, ignore };
    case "text":
      return { as, similarity };
    case "hook":
      return { as, url };
    default:
      return { as, tolerance: tolerance ?? NEAR };
  }
}

function readUrl(written: string): Read<string> {
  const url = /^https?:\/\/[\x21-\x7e]+$/i.test(written) && URL.canParse(written) ? new URL(written) : undefined;
  if (url !== undefined && url.username === "" && url.password === "" && url.hash === "") {
    return { kind: "ok", value: written };
  }
  return { kind: "wrong", message: "This is no URL of a server: write one such as `http://127.0.0.1:9000/compare`." };
}
