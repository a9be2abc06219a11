import { matchesGlob } from "../routing/matcher.ts";
import type { Customers } from "../routing/rules.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { ReadRoute } from "./route.ts";
import { shown } from "./rule-error.ts";

/** Refuses what asks who the customer is, or of which type, where the document never says how to tell. */
export function refuseUnknownIdentity(reading: Reading, customers: Customers, routes: readonly ReadRoute[]): void {
  for (const { place, stickyBy, rules } of routes) {
    if (customers.id.length === 0 && stickyBy.some(({ from }) => from === "customer")) {
      reading.refuse(child(place, "stickyBy"), noId("This route keeps customers in their bucket"));
    }
    for (const rule of rules) {
      for (const { fact, values } of rule.read.when) {
        const at: Place = child(child(rule.place, "when"), fact);
        if (fact === "customer" && customers.id.length === 0) reading.refuse(at, noId("This rule asks for customers"));
        if (fact !== "customerType" || customers.type.length > 0) continue;
        if (!values.some((value) => matchesGlob(value, customers.defaultType))) {
          reading.refuse(at, noType(customers.defaultType));
        }
      }
    }
  }
}

function noId(what: string): string {
  return `${what}, but the document does not say how to know one: write \`customers: { id: header:x-customer-id }\`.`;
}

function noType(defaultType: string): string {
  return `All customers are of the type ${shown(defaultType)} here, so the rule never holds: write where types come from, such as \`customers: { type: header:x-customer-type }\`.`;
}
