import { type Entry, entries, isEdit } from "../live/entries.ts";
import { type VerdictChange, verdictChanges } from "../live/verdicts.ts";
import { authorsOf, entryTitle } from "../parts/entry-words.ts";

/** Something that happened, where the charts of a route show it. */
export interface Mark {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: "cut" | "restored" | "edit" | "ramp" | "good" | "bad";
  readonly title: string;
  /** Who, and why where it is known. */
  readonly about: string;
}

/** What happened to a route in these last milliseconds, the newest first. An edit of the rules may be one of any route. */
export function marksOf(route: string, sinceMs: number): readonly Mark[] {
  const now = entries.value;
  const decided = (now.kind === "entries" ? now.entries : [])
    .filter((entry) => isEdit(entry) || entry.route === route)
    .map(markOf);
  const judged = verdictChanges.value.filter((one) => one.route === route).map(verdictMark);
  return [...decided, ...judged].filter(({ at }) => Date.now() - at < sinceMs).sort((a, b) => b.at - a.at);
}

function markOf(entry: Entry): Mark {
  const { what, message, revision } = entry;
  const by = authorsOf(entry);
  const at = Date.parse(entry.at);
  if (revision !== undefined) return { at, kind: "edit", title: `Revision ${revision}: ${message}`, about: by };
  const kind = what === "cut" || what === "restored" ? what : what.startsWith("ramp") ? "ramp" : "edit";
  const title = entryTitle({ ...entry, route: undefined });
  return { at, kind, title, about: message === "" ? by : `${by}: ${message}` };
}

function verdictMark({ at, version, verdict, sentence }: VerdictChange): Mark {
  return { at, kind: verdict === "bad" ? "bad" : "good", title: `Guard: ${version} is ${verdict}`, about: sentence };
}
