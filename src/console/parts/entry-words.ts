import type { Entry } from "../live/entries.ts";

/** What happened, in a few words: why somebody edited, or what became of which version or rule. */
export function entryTitle({ what, revision, route, version, rule, modality, message }: Entry): string {
  if (revision !== undefined) return message;
  const subject = [version, rule].filter((one) => one !== undefined).join(", ");
  const where = route === undefined ? "" : ` of ${route}`;
  const only = modality === undefined ? "" : `, for ${modality} only`;
  const about = `${subject}${where}${only}`;
  return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}${about === "" ? "" : `: ${about}`}`;
}

/** Who did it, and the second person where it took one. */
export function authorsOf({ author, approver }: Entry): string {
  return approver === undefined ? author : `${author}, approved by ${approver}`;
}

/** How it is to be looked at: a cut cannot be overlooked. */
export function kindOf({ what }: Entry): "cut" | "restored" | "other" {
  return what === "cut" || what === "restored" ? what : "other";
}
