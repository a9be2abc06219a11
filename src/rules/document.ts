import { z } from "zod";
import type { Customers, Rules } from "../routing/rules.ts";
import { refuseUnknownIdentity } from "./identity.ts";
import { jwtSchema, readJwt } from "./jwt.ts";
import { name } from "./names.ts";
import { child, type Place } from "./place.ts";
import { refuseUnreachable } from "./reachability.ts";
import type { Reading } from "./reading.ts";
import { readRoute, refuseDuplicates, routeSchema } from "./route.ts";
import { shown } from "./rule-error.ts";
import { readTests, testSchema } from "./rule-tests.ts";
import { refuseFailing } from "./run-tests.ts";
import { apart, mapOf, neededApart, oneOrMany, type Read, text } from "./schema.ts";
import { idSources, typeSources } from "./sources.ts";

const customersSchema = mapOf("write `{ id: header:x-customer-id }`", {
  id: idSources.optional().describe("Where the customer's id stands: the first that a request has."),
  type: typeSources.optional().describe("Where the customer's type stands: the first that a request has."),
  defaultType: name("write a customer type such as `standard`")
    .optional()
    .describe("The type of customers of whom nothing better is known; `standard` unless it is said."),
  types: oneOrMany("write customer types such as `[free, premium]`", name("write a customer type such as `premium`"))
    .optional()
    .describe("Types that are counted by their names though no rule names them."),
  jwt: apart("How tokens are verified, for sources such as `jwt:sub`.", jwtSchema.schema),
});

export const documentSchema = mapOf("write `version: 1` and a list of `routes`", {
  version: text("write `version: 1`", (written): Read<1> => {
    if (written === "1") return { kind: "ok", value: 1 };
    return {
      kind: "wrong",
      message: `The version ${shown(written)} of the rules language is not known: write \`version: 1\`.`,
    };
  })
    .meta({ only: "integer", const: 1 })
    .describe("The version of the rules language."),
  customers: apart("How the router learns who is asking.", customersSchema.schema),
  routes: neededApart(
    "Which requests go to which versions. The first route that matches a request takes it.",
    z.array(routeSchema.schema).min(1),
  ),
  tests: apart(
    "Requests and where they must go. A document that decides otherwise is refused.",
    z.array(testSchema.schema).min(1),
  ),
});

/** The whole document; undefined: something of it was refused. */
export function readDocument(reading: Reading, place: Place): Rules | undefined {
  const own = reading.map(place, documentSchema);
  if (place.node === undefined || place.node.entries.size === 0) return undefined;
  const customersPlace = child(place, "customers");
  const customers = readCustomers(reading, customersPlace);
  const places = reading.list(child(place, "routes"), "write a list of routes, each with `name`, `match` and `stable`");
  refuseDuplicates(reading, places, "name", "route");
  const read = places.map((at) => readRoute(reading, at));
  if (customers !== undefined) refuseUnknownIdentity(reading, customersPlace, customers, read);
  refuseUnreachable(reading, read);
  const tests = readTests(reading, child(place, "tests"));
  const routes = read.flatMap(({ route }) => (route === undefined ? [] : [route]));
  if (own === undefined || customers === undefined || reading.mistakes.length > 0) return undefined;
  const rules = { customers, routes, tests: tests.map(({ read }) => read) };
  refuseFailing(reading, rules, tests);
  return rules;
}

function readCustomers(reading: Reading, place: Place): Customers | undefined {
  if (place.node === undefined) return { id: [], type: [], defaultType: "standard", types: [], jwt: undefined };
  const read = reading.map(place, customersSchema);
  const at = child(place, "jwt");
  const jwt = at.node && readJwt(reading, at);
  if (read === undefined || (at.node !== undefined && jwt === undefined)) return undefined;
  const { id = [], type = [], defaultType = "standard", types = [] } = read;
  return { id, type, defaultType, types, jwt };
}
