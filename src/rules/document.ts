import type { Customers, Rules } from "../routing/rules.ts";
import { refuseUnknownIdentity } from "./identity.ts";
import { readJwt } from "./jwt.ts";
import { name } from "./names.ts";
import { child, type Place } from "./place.ts";
import { refuseUnreachable } from "./reachability.ts";
import type { Reading } from "./reading.ts";
import { readRoute, refuseDuplicates } from "./route.ts";
import { shown } from "./rule-error.ts";
import { readTests } from "./rule-tests.ts";
import { refuseFailing } from "./run-tests.ts";
import { mapOf, oneOrMany, type Read, readApart, text } from "./schema.ts";
import { idSources, typeSources } from "./sources.ts";

const documentSchema = mapOf("write `version: 1` and a list of `routes`", {
  version: text("write `version: 1`", (written): Read<1> => {
    if (written === "1") return { kind: "ok", value: 1 };
    return {
      kind: "wrong",
      message: `The version ${shown(written)} of the rules language is not known: write \`version: 1\`.`,
    };
  }),
  customers: readApart,
  routes: readApart,
  tests: readApart,
});

const customersSchema = mapOf("write `{ id: header:x-customer-id }`", {
  id: idSources.optional(),
  type: typeSources.optional(),
  defaultType: name("write a customer type such as `standard`").optional(),
  types: oneOrMany(
    "write customer types such as `[free, premium]`",
    name("write a customer type such as `premium`"),
  ).optional(),
  jwt: readApart,
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
