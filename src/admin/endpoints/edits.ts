import { z } from "zod";
import type { EditResult, LiveRules } from "../../store/live-rules.ts";
import { type Answer, refusal } from "../answer.ts";
import type { Asked, Refusals, Shape } from "../endpoint.ts";
import type { FourEyes, Held } from "../four-eyes.ts";
import { Held as HeldShape } from "../shapes/approvals.ts";
import { Current, Mistakes } from "../shapes/rules.ts";
import { shownWaiting } from "./waiting.ts";

/** The rules that the API shows and edits. */
export interface RulesDesk extends Pick<LiveRules, "current" | "read"> {
  readonly edit: FourEyes["edit"];
}

/** What became of an edit; `more` is told when it was written. */
export function tellEdit(result: EditResult | Held, more: object = {}): Answer {
  switch (result.kind) {
    case "waits":
    case "too many wait":
      return tellHeld(result);
    case "written":
      return {
        status: 200,
        headers: { etag: etag(result.revision) },
        json: { revision: result.revision, warnings: result.warnings, ...more },
      };
    case "conflict": {
      const { revision, text } = result.current ?? { revision: 0, text: "" };
      const message = `The rules have been changed meanwhile, they are at revision ${revision} now: apply your change to that text.`;
      return refusal(412, "conflict", message, { revision, text }, { etag: etag(revision) });
    }
    case "refused":
      return refusal(422, "invalid_rules", "The rules have mistakes and are not taken.", { errors: result.errors });
    case "unavailable":
      return storeUnavailable(`The store cannot be written to, nothing has changed: ${result.why}`);
  }
}

/** What was not done, since it takes a second person. */
export function tellHeld(held: Held): Answer {
  if (held.kind === "too many wait") {
    const message = "Too much waits for a second person already: let somebody approve or decline some of it first.";
    return refusal(409, "too_many_approvals", message);
  }
  const approval = shownWaiting(held.waiting);
  const lowering =
    approval.kind === "edit"
      ? "What only lowers shares waits for nobody: send that alone, to have it at once."
      : "Lower the share first, to restore it at once.";
  const message = `This waits for a second person to approve it (${approval.id}), and nothing has changed yet: ${approval.raises.join("; ")}. ${lowering}`;
  return { status: 202, json: { approval, message } };
}

export function storeUnavailable(message: string): Answer {
  return refusal(503, "store_unavailable", message);
}

/** Where somebody else has to approve it first. */
export const HELD: Readonly<Record<202, Shape>> = {
  202: { about: "It waits for a second person, and nothing has changed", type: "application/json", schema: HeldShape },
};
export const HELD_REFUSALS = { 409: { codes: ["too_many_approvals"] } };

/** How an edit may be refused. */
export const EDIT_REFUSALS: Readonly<Record<number, Refusals>> = {
  ...HELD_REFUSALS,
  412: { codes: ["conflict"], more: Current },
  422: { codes: ["invalid_rules"], more: Mistakes },
  503: { codes: ["store_unavailable"] },
};

export const MESSAGE_HEADERS = {
  "x-canary-message": "Why, for the history; percent-encoded where it is not ASCII. The query's `message` wins.",
};
export const MESSAGE_QUERY = z.strictObject({ message: z.string().optional().describe("Why, for the history.") });
const LONGEST_MESSAGE = 500;

/** Why somebody does something, for the others. */
export const Why = z.string().max(LONGEST_MESSAGE).overwrite(oneLine).describe("For the history.");

/** Without what commands a terminal, and without marks that turn the direction of writing, which make the history show another text. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, " ").trim();
}

/** Why somebody edits, in one line; what they did where they do not say. */
export function messageOf(asked: Asked<unknown, z.output<typeof MESSAGE_QUERY>, unknown>, otherwise: string): string {
  const said = asked.query.message ?? decoded(asked.header("x-canary-message") ?? "");
  const line = oneLine(said);
  return line === "" ? otherwise : line.slice(0, LONGEST_MESSAGE);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function etag(revision: number): string {
  return `"${revision}"`;
}

export type Expected =
  | { readonly kind: "expected"; readonly revision: number | "any" | undefined }
  | { readonly kind: "refused"; readonly answer: Answer };

/** The revision that the editor saw; undefined: it does not say. */
export function expectedRevision(ifMatch: string | undefined): Expected {
  if (ifMatch === undefined) return { kind: "expected", revision: undefined };
  if (ifMatch === "*") return { kind: "expected", revision: "any" };
  // A proxy that compresses makes the tag a weak one.
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch)?.[1];
  if (digits !== undefined) return { kind: "expected", revision: Number(digits) };
  const message = `If-Match is ${ifMatch}: send one ETag such as "7", or * to overwrite whatever is there.`;
  return { kind: "refused", answer: refusal(400, "bad_if_match", message) };
}
