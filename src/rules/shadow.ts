import type { Shadow } from "../routing/rules.ts";
import { name } from "./names.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, type Read, text, yesOrNo } from "./schema.ts";
import { share } from "./shares.ts";
import { closest, listed } from "./suggestion.ts";

const WORDS = ["keep", "strip"] as const;

const credentials = text("write `keep` or `strip`", (written): Read<(typeof WORDS)[number]> => {
  const word = WORDS.find((known) => known === written);
  if (word !== undefined) return { kind: "ok", value: word };
  return { kind: "wrong", message: `${shown(written)} says nothing of credentials: write \`keep\` or \`strip\`.` };
}).meta({ enum: WORDS });

export const shadowSchema = mapOf('write `{ version: "2026-12", share: 10% }`', {
  version: name('write a version such as `"2026-12"`').describe(
    "The version that gets copies: one of the sandbox, or a candidate.",
  ),
  share: share.describe("How many of the requests are copied."),
  credentials: credentials
    .optional()
    .describe("Whether copies carry the client's keys, tokens and cookies: `strip` unless it is said."),
  withClient: yesOrNo.optional().describe("Whether a copy is given up when its client leaves."),
});

/** What the shares and shadows of a route can name. */
export interface VersionNames {
  readonly stable: string | undefined;
  readonly candidates: readonly string[];
  readonly sandbox: readonly string[];
}

/** undefined: it is not there, or something of it was refused. */
export function readShadow(
  reading: Reading,
  place: Place,
  { stable, candidates, sandbox }: VersionNames,
): Shadow | undefined {
  if (place.node === undefined) return undefined;
  const read = reading.map(place, shadowSchema);
  if (read === undefined) return undefined;
  const { version, share: points, credentials: word, withClient } = read;
  const known = [...sandbox, ...candidates];
  const at = child(place, "version");
  if (version === stable) {
    reading.refuse(at, `${shown(version)} is the stable version, which answers already: write another version.`);
  } else if (!known.includes(version)) {
    const meant = closest(version, known);
    const repair =
      meant !== undefined
        ? `did you mean ${shown(meant)}?`
        : known.length === 0
          ? "write it under `sandbox` of the route first."
          : `there is ${listed(known)}.`;
    reading.refuse(at, `The route has no version ${shown(version)} to send copies to: ${repair}`);
  } else return { version, points, keepsCredentials: word === "keep", withClient: withClient ?? false };
  return undefined;
}
