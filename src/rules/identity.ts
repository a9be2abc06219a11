import { matchesGlob } from "../routing/matcher.ts";
import type { Condition, Customers } from "../routing/rules.ts";
import { sourceText } from "../routing/source-text.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { ReadRoute } from "./route.ts";
import { shown } from "./rule-error.ts";

/** Refuses what asks who the customer is, or of which type, where the document never says how to tell. */
export function refuseUnknownIdentity(
  reading: Reading,
  customersPlace: Place,
  customers: Customers,
  routes: readonly ReadRoute[],
): void {
  const all = [...customers.id, ...customers.type, ...routes.flatMap(({ stickyBy }) => stickyBy)];
  const claim = all.find(({ from }) => from === "jwt");
  if (claim !== undefined && customers.jwt === undefined) {
    const how = "write `customers: { jwt: { algorithms: [RS256], jwks: https://login.example.com/jwks.json } }`";
    reading.refuse(
      customersPlace,
      `\`${sourceText(claim)}\` is a claim of a token, but the document does not say how tokens are verified: ${how}.`,
    );
  }
  if (claim === undefined && customers.jwt !== undefined && routes.every(({ route }) => route !== undefined)) {
    reading.refuse(
      child(customersPlace, "jwt"),
      "No source is a claim of a token: write one such as `id: jwt:sub`, or leave `jwt` out.",
    );
  }
  if (customers.id.length === 0 && customers.type.some(({ from }) => from === "directory")) {
    reading.refuse(child(customersPlace, "type"), noId("The directory knows a customer's type by its id"));
  }
  for (const { place, stickyBy, override, rules } of routes) {
    if (customers.id.length === 0 && stickyBy.some(({ from }) => from === "customer")) {
      reading.refuse(child(place, "stickyBy"), noId("This route keeps customers in their bucket"));
    }
    refuseConditions(reading, customers, child(place, "override"), override);
    for (const rule of rules) refuseConditions(reading, customers, child(rule.place, "when"), rule.read.when);
  }
}

function refuseConditions(
  reading: Reading,
  customers: Customers,
  place: Place,
  conditions: readonly Condition[],
): void {
  for (const { fact, values } of conditions) {
    const at = child(place, fact);
    if (fact === "customer" && customers.id.length === 0) reading.refuse(at, noId("This asks for customers"));
    if (fact !== "customerType" || customers.type.length > 0) continue;
    if (!values.some((value) => matchesGlob(value, customers.defaultType))) {
      reading.refuse(at, noType(customers.defaultType));
    }
  }
}

function noId(what: string): string {
  return `${what}, but the document does not say how to know one: write \`customers: { id: header:x-customer-id }\`.`;
}

function noType(defaultType: string): string {
  return `All customers are of the type ${shown(defaultType)} here, so this never holds: write where types come from, such as \`customers: { type: header:x-customer-type }\`.`;
}
