import { z } from "zod";
import { AUTO_CUT, type AutoCut, NO_AUTO_CUT } from "../routing/auto-cut.ts";
import { percentage } from "./percentage.ts";
import { type Place, textAt } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, type Read, text, yesOrNo } from "./schema.ts";

const NUMBER = /^\d{1,6}(\.\d{1,6})?$/;
const OFF = "off";

/** How many times stable's odds are tolerated. */
function times(about: string) {
  const read = (written: string): Read<number | undefined> => {
    if (written === OFF) return { kind: "ok", value: undefined };
    const number = NUMBER.test(written) ? Number(written) : Number.NaN;
    if (number >= 1 && number <= 500) return { kind: "ok", value: number };
    return wrong(
      `${shown(written)} does not say how many times stable's odds are tolerated: write a number from 1 to 500 such as \`1.5\`, or \`off\`.`,
    );
  };
  return text("write a number such as `1.5`, or `off`", read).optional().describe(about);
}

function whole(about: string, least: number, most: number, mayBeOff: boolean) {
  const repair = `a whole number from ${least} to ${most}${mayBeOff ? ", or `off`" : ""}`;
  const read = (written: string): Read<number | undefined> => {
    if (mayBeOff && written === OFF) return { kind: "ok", value: undefined };
    const number = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN;
    if (number >= least && number <= most) return { kind: "ok", value: number };
    return wrong(`${shown(written)} cannot stand here: write ${repair}.`);
  };
  return text(`write ${repair}`, read).optional().describe(about);
}

/** When the guard cuts a candidate by itself. */
const autoCutSchema = mapOf("write `off`, or a map such as `{ failures: 1.5, firstByte: 3 }`", {
  failures: times("How many times stable's odds of a failure are tolerated."),
  overload: times("The same for 429, 503 and 529."),
  refusals: times("The same for the other 4xx."),
  firstByte: times("The same for answers that begin later than 95 % of stable's do."),
  duration: times("The same for answers that take longer than 95 % of stable's do."),
  feedback: times("The same for answers that people did not like."),
  inARow: whole("So many failures in a row are a cut, while stable does well.", 2, 100, true),
  minRequests: whole("Before so many of the candidate's requests only `inARow` cuts.", 1, 1_000_000, false),
  floor: percentage("A candidate that fails less often is not cut, however well stable does.", 0, 50, "0.5%"),
  confidence: percentage("How sure it must be that the candidate is worse.", 50, 99.9999, "99.9%"),
  observeOnly: yesOrNo.optional().describe("Verdicts are told, and nothing is cut."),
});

/** What the key `autoCut` may hold. */
export const autoCutForm = z.union([z.literal(OFF), autoCutSchema.schema]);

/** undefined: it is not there, or something of it was refused. What it does not say is as in `AUTO_CUT`. */
export function readAutoCut(reading: Reading, place: Place): AutoCut | undefined {
  if (place.node === undefined) return undefined;
  if (textAt(place) === OFF) return NO_AUTO_CUT;
  const own = reading.map(place, autoCutSchema);
  if (own === undefined) return undefined;
  const { minRequests, floor, confidence, observeOnly } = own;
  return {
    ...AUTO_CUT,
    ...own,
    minRequests: minRequests ?? AUTO_CUT.minRequests,
    floor: floor ?? AUTO_CUT.floor,
    confidence: confidence ?? AUTO_CUT.confidence,
    observeOnly: observeOnly ?? AUTO_CUT.observeOnly,
  };
}

function wrong(message: string): { readonly kind: "wrong"; readonly message: string } {
  return { kind: "wrong", message };
}
