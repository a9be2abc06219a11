import { signal } from "@preact/signals";
import type { CutNow } from "../api/answers.ts";

export interface Candidate {
  readonly route: string;
  readonly version: string;
  /** The version that answers in its stead; undefined: it gets copies only, and answers nobody. */
  readonly stable: string | undefined;
  /** How many requests it answers now. */
  readonly perSecond: number;
}

type Asked =
  | { readonly kind: "cut"; readonly candidate: Candidate }
  | { readonly kind: "restore"; readonly cut: CutNow };

/** What somebody is about to cut or to restore. It outlives the card that asks, which changes once it is done. */
export const asked = signal<Asked | undefined>(undefined);

export function closeAsked(): void {
  asked.value = undefined;
}
