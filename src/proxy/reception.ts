import { inferenceFamilyOf } from "../inference/outcome-api.ts";
import { type CutSlice, type Cuts, isHit } from "../routing/cuts.ts";
import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/decision.ts";
import { findRoute } from "../routing/path-index.ts";
import type { Fallback } from "../routing/rules.ts";
import { seenOf } from "../routing/seen-request.ts";
import { isShadowCut, isShadowed, type ShadowPlan } from "../routing/shadow.ts";
import type { Door, Labels, RulesInForce } from "./door.ts";
import type { Lack, RequestFacts } from "./request-facts.ts";
import type { RouterAnswer } from "./router-answer.ts";

export interface Decided {
  readonly kind: "decided";
  readonly decision: Decision;
  readonly labels: Labels;
  /** What gets a copy of it; undefined: nothing. */
  readonly shadow: ShadowPlan | undefined;
}

/** What is to be done with a request. */
export type Reception =
  | Decided
  | { readonly kind: "refused"; readonly answer: RouterAnswer }
  /** The rules asked for something that is not known yet: fill the lack, and receive once more. */
  | { readonly kind: "lacking"; readonly lack: Lack };

export const NO_RULES: RouterAnswer = {
  status: 503,
  code: "no_rules",
  message: "The router has not seen any rules yet; put some into its store.",
};

/** Requests with longer paths are not noted: what is kept of each has a bound. */
const MAX_NOTED_PATH = 256;

/** Whether a cut slice has a decided request in it. Who asks by `x-canary` may be under any rule. */
export function isOfSlice(slice: CutSlice, { rule }: Decision, facts: Pick<Labels, "modality">): boolean {
  return isHit(slice, rule === undefined ? slice.rule : rule.name, facts);
}

/** Facts → route → decision. The table stays the one that the request began with; a cut counts from its moment on. */
export function receive(door: Door, rules: RulesInForce, facts: RequestFacts): Reception {
  const { table } = rules;
  const { cuts } = door.currentRules() ?? rules;
  const route = findRoute(table, facts);
  if (facts.lack !== undefined) return { kind: "lacking", lack: facts.lack };
  if (route === undefined) {
    const message = `No route matches ${facts.method} ${facts.path.slice(0, 200)}; add one to the rules' routes.`;
    return { kind: "refused", answer: { status: 404, code: "no_route", message } };
  }
  facts.useModalityOf(route.route);
  const decision = decide(route, facts, cuts, door.draw);
  // Not only the rules may want the body: a version that is served under another name must find that name in it.
  if (decision.version.model !== undefined && facts.modelInBody) facts.wantBody();
  const shadow = decision.shadow === undefined ? undefined : shadowOf(decision.shadow, decision, facts, cuts, door);
  if (facts.lack !== undefined) return { kind: "lacking", lack: facts.lack };
  if (facts.unread !== undefined) door.onUnread?.(facts.unread);
  const { seen } = door;
  if (seen?.wants(facts.now) === true && facts.path.length <= MAX_NOTED_PATH) {
    seen.note(seenOf(table, route, facts, seen.secret, door.draw));
    // It asks for what is known and shows what is not; nobody need fetch that now.
    facts.lack = undefined;
  }
  return { kind: "decided", decision, labels: facts.labels(table.customerTypes), shadow };
}

/** Only what may be asked twice: a POST to a known model API, or where the route says that it may. */
function shadowOf(
  plan: ShadowPlan,
  decision: Decision,
  facts: RequestFacts,
  cuts: Cuts,
  { shadows, draw }: Door,
): ShadowPlan | undefined {
  if (shadows === undefined || !mayAskTwice(decision.route.fallback, facts.method, facts.path)) return undefined;
  if (isShadowCut(plan, decision.rule, facts, cuts)) return undefined;
  return isShadowed(plan, decision, facts, draw) ? plan : undefined;
}

function mayAskTwice(fallback: Fallback | undefined, method: string, path: string): boolean {
  if (method === "POST" && inferenceFamilyOf(path) !== undefined) return true;
  return fallback === "failures" || fallback === "5xx";
}
