import { effect, signal } from "@preact/signals";
import type { RoutesNow } from "../api/answers.ts";
import { type Called, call } from "../api/call.ts";
import { onEvent, onOpened } from "./connection.ts";
import { verdictChanges } from "./verdicts.ts";

/** The routes in force; undefined: they have not been heard of yet. */
export const routes = signal<RoutesNow | undefined>(undefined);
/** Why they could not be asked for. */
export const routesTrouble = signal<string | undefined>(undefined);

/** Everything that routes show changes with one of these, or with a verdict; figures in sentences do all the time. */
const CHANGES = ["rules", "cuts", "ramps"];
/** Several changes at once are one. */
const TOGETHER_MS = 50;
/** What is said of times, such as when a ramp goes on, grows old. */
const AGAIN_MS = 10_000;

/** Follows the routes from now on. */
export function followRoutes(): void {
  let waiting = false;
  const soon = (): void => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      void askRoutes();
    }, TOGETHER_MS);
  };
  for (const name of CHANGES) onEvent(name, soon);
  effect(() => {
    if (verdictChanges.value.length > 0) soon();
  });
  onOpened(soon);
  setInterval(() => {
    if (document.visibilityState === "visible") soon();
  }, AGAIN_MS);
}

/** Asks now. */
export async function askRoutes(): Promise<void> {
  const answer = await call<RoutesNow>("/api/routes");
  if (answer.kind === "done") routes.value = answer.value;
  routesTrouble.value = troubleOf(answer);
}

function troubleOf(answer: Called<unknown>): string | undefined {
  if (answer.kind === "done") return undefined;
  return answer.kind === "refused" ? answer.message : "The router does not answer.";
}
