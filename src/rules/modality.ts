import { MODALITIES } from "../inference/modality.ts";
import { matchesGlob } from "../routing/matcher.ts";
import type { ModalitySource } from "../routing/rules.ts";
import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";
import { headerOf } from "./sources.ts";
import { closest, listed } from "./suggestion.ts";

const KNOWN: readonly string[] = [...MODALITIES, "unknown"];

/** A modality in a condition; `*` is a glob. */
function modalityFault(written: string): string | undefined {
  if (KNOWN.some((modality) => matchesGlob(written, modality))) return undefined;
  const meant = closest(written, KNOWN);
  const repair = meant === undefined ? `write one of ${listed(KNOWN)}.` : `did you mean \`${meant}\`?`;
  return `${shown(written)} is no modality: ${repair}`;
}

export const modalityPattern = text("write a modality such as `image`", (written): Read<string> => {
  const fault =
    written === "" ? "An empty text matches nothing: write a modality such as `image`." : modalityFault(written);
  return fault === undefined ? { kind: "ok", value: written } : { kind: "wrong", message: fault };
}).meta({ only: "string", anyOf: [{ enum: KNOWN }, { pattern: "\\*" }] });

function oneModalityFault(written: string): string | undefined {
  return written.includes("*")
    ? `${shown(written)} is not one modality: write one of ${listed(KNOWN)}.`
    : modalityFault(written);
}

/** The modality of one request. */
export const oneModality = text("write a modality such as `image`", (written): Read<string> => {
  const fault = oneModalityFault(written);
  return fault === undefined ? { kind: "ok", value: written } : { kind: "wrong", message: fault };
}).meta({ enum: KNOWN });

/** A route's `modality`: one for all its requests, or the header that says it. */
export const modalitySource = text(
  "write a modality such as `image`, or `header:x-modality`",
  (written): Read<ModalitySource> => {
    const header = headerOf(written);
    if (header !== undefined) return header;
    const fault = oneModalityFault(written);
    if (fault !== undefined) return { kind: "wrong", message: fault };
    return { kind: "ok", value: { from: "fixed", modality: written } };
  },
).meta({ only: "string", anyOf: [{ enum: KNOWN }, { pattern: "^header:" }] });
