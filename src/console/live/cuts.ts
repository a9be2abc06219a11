import { computed, signal } from "@preact/signals";
import type { CutNow, Cuts } from "../api/answers.ts";
import { onEvent } from "./connection.ts";

/** The last decision about everything that was ever cut. */
const decisions = signal<readonly CutNow[]>([]);

/** What is cut now. */
export const cuts = computed(() => decisions.value.filter(({ state }) => state === "cut"));

/** Follows the cuts from now on. */
export function followCuts(): void {
  onEvent("cuts", (data) => {
    decisions.value = (data as Cuts).cuts;
  });
}
