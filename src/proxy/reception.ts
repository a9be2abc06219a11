import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/decision.ts";
import type { RequestHead } from "../routing/facts.ts";
import { findRoute } from "../routing/path-index.ts";
import type { Door, Labels } from "./door.ts";
import { RequestFacts } from "./request-facts.ts";
import type { RouterAnswer } from "./router-answer.ts";

/** What is to be done with a request. */
export type Reception =
  | { readonly kind: "decided"; readonly decision: Decision; readonly labels: Labels }
  | { readonly kind: "refused"; readonly answer: RouterAnswer };

/** Head → facts → route → decision, under the rules of this moment. */
export function receive(door: Door, head: RequestHead, peerTrusted: boolean): Reception {
  const rules = door.currentRules();
  if (rules === undefined) {
    return refused(503, "no_rules", "The router has not seen any rules yet; put some into its store.");
  }
  const { table, cuts } = rules;
  const facts = new RequestFacts(head, table.customers, peerTrusted);
  const route = findRoute(table.index, facts);
  if (route === undefined) {
    return refused(404, "no_route", `No route matches ${head.method} ${head.path}; add one to the rules' routes.`);
  }
  facts.useModalityOf(route.route);
  const decision = decide(route, facts, cuts, () => door.draw());
  const type = facts.customerType;
  return {
    kind: "decided",
    decision,
    labels: { customerType: table.customerTypes.has(type) ? type : "other", modality: facts.modality },
  };
}

function refused(status: number, code: string, message: string): Reception {
  return { kind: "refused", answer: { status, code, message } };
}
