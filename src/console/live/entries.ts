import { signal } from "@preact/signals";
import { call } from "../api/call.ts";
import type { HistoryAnswer } from "../api/editor-answers.ts";
import { onEvent, onOpened } from "./connection.ts";

export type Entry = HistoryAnswer["entries"][number];
/** An entry that wrote rules. */
export type Edit = Entry & { readonly revision: number };

export function isEdit(entry: Entry): entry is Edit {
  return entry.revision !== undefined;
}

type Entries =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "entries"; readonly entries: readonly Entry[] };

/** How many are asked for at first, and how many can be. */
const FIRST = 50;
const MOST = 500;

/** What was decided, the newest first. */
export const entries = signal<Entries>({ kind: "loading" });
const limit = signal(FIRST);

/** Asks for the last decisions; what is shown stays when nobody answers. */
export async function loadEntries(): Promise<void> {
  const answer = await call<HistoryAnswer>(`/api/history?limit=${limit.value}`);
  if (answer.kind === "done") entries.value = { kind: "entries", entries: answer.value.entries };
  else if (entries.value.kind !== "entries") {
    const message = answer.kind === "refused" ? answer.message : "The router cannot be reached.";
    entries.value = { kind: "failed", message };
  }
}

/** Asks whenever something has happened, from now on. */
export function followEntries(): void {
  for (const name of ["rules", "cuts", "ramps"]) onEvent(name, () => void loadEntries());
  onOpened(() => void loadEntries());
}

/** Asks for older ones too; undefined: there are none. */
export function older(shown: number): (() => void) | undefined {
  if (shown < limit.value || limit.value >= MOST) return undefined;
  return () => {
    limit.value = Math.min(MOST, limit.value * 4);
    void loadEntries();
  };
}
