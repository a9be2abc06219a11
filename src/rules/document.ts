import type { Customers, Rules } from "../routing/rules.ts";
import { refuseUnknownIdentity } from "./identity.ts";
import { name } from "./names.ts";
import { child, type Place } from "./place.ts";
import { refuseUnreachable } from "./reachability.ts";
import type { Reading } from "./reading.ts";
import { readRoute, refuseDuplicates } from "./route.ts";
import { shown } from "./rule-error.ts";
import { mapOf, type Read, readApart, text } from "./schema.ts";
import { identitySources } from "./sources.ts";

const documentSchema = mapOf(
  "write `version: 1` and a list of `routes`",
  {
    version: text("write `version: 1`", (written): Read<1> => {
      if (written === "1") return { kind: "ok", value: 1 };
      return {
        kind: "wrong",
        message: `The version ${shown(written)} of the rules language is not known: write \`version: 1\`.`,
      };
    }),
    customers: readApart,
    routes: readApart,
  },
  ["tests"],
);

const customersSchema = mapOf("write `{ id: header:x-customer-id }`", {
  id: identitySources.optional(),
  type: identitySources.optional(),
  defaultType: name("write a customer type such as `standard`").optional(),
});

/** The whole document; undefined: something of it was refused. */
export function readDocument(reading: Reading, place: Place): Rules | undefined {
  const own = reading.map(place, documentSchema);
  if (place.node === undefined || place.node.entries.size === 0) return undefined;
  const customers = readCustomers(reading, child(place, "customers"));
  const places = reading.list(child(place, "routes"), "write a list of routes, each with `name`, `match` and `stable`");
  refuseDuplicates(reading, places, "name", "route");
  const read = places.map((at) => readRoute(reading, at));
  if (customers !== undefined) refuseUnknownIdentity(reading, customers, read);
  refuseUnreachable(reading, read);
  const routes = read.flatMap(({ route }) => (route === undefined ? [] : [route]));
  if (own === undefined || customers === undefined || reading.mistakes.length > 0) return undefined;
  return { customers, routes, tests: [] };
}

function readCustomers(reading: Reading, place: Place): Customers | undefined {
  if (place.node === undefined) return { id: [], type: [], defaultType: "standard" };
  const read = reading.map(place, customersSchema);
  return read && { id: read.id ?? [], type: read.type ?? [], defaultType: read.defaultType ?? "standard" };
}
