import { BUCKETS, bucketOf, murmur3 } from "./bucket.ts";
import type { Facts } from "./facts.ts";
import { sourceText } from "./source-text.ts";
import type { CompiledRoute, Table } from "./table.ts";

/**
 * What is kept of a request, so that a draft of the rules can be tried on it later: facts, but no body, no customer's id,
 * no key and no header that nobody has named in a condition.
 *
 * Customers and keys are kept as stand-ins of 53 bits, made with a secret number of this process: the same one has the
 * same stand-in, different ones have different ones, and nobody can go back. A bucket cannot be found from a stand-in, so
 * that of the key under the salt of its route is kept too. Where a draft has another salt, or is sticky by another of the
 * sources, the stand-in is hashed in the key's place: how many move is then as true as any sample, but not who.
 */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  readonly modality: string;
  readonly customerType: string;
  readonly stream: boolean | undefined;
  readonly stateful: boolean;
  readonly trusted: boolean;
  readonly typeKnown: boolean;
  /** What `x-canary` said, where it is a wish. */
  readonly canary: "always" | "never" | undefined;
  /** False: what the body would have said is not known. */
  readonly bodyRead: boolean;
  /** The headers that conditions name, with their values; undefined: it was not there. */
  readonly headers: readonly (readonly [name: string, value: string | undefined])[];
  /** The stand-in of the customer. */
  readonly customer: string | undefined;
  /** The sources of a key as the route had them, up to the first that was there, with stand-ins. */
  readonly keys: readonly (readonly [source: string, standIn: string | undefined])[];
  /** The bucket of that key under `salt`; without a key, one that was drawn. */
  readonly bucket: number;
  readonly salt: string;
}

/** Asks only for facts that are known; `secret` is any 32-bit number that nobody is told, `draw` gives a bucket. */
export function seenOf(
  table: Table,
  route: CompiledRoute,
  facts: Facts,
  secret: number,
  draw: () => number,
): SeenRequest {
  const keys: (readonly [string, string | undefined])[] = [];
  let bucket: number | undefined;
  for (const source of route.route.stickyBy) {
    const key = facts.value(source) || undefined;
    keys.push([sourceText(source), key && standIn(key, secret)]);
    if (key === undefined) continue;
    bucket = bucketOf(route.salt, key);
    break;
  }
  const { customer } = facts;
  return {
    method: facts.method,
    path: facts.path,
    model: facts.model,
    modality: facts.modality,
    customerType: facts.customerType,
    stream: facts.stream,
    stateful: facts.stateful,
    trusted: facts.trusted,
    typeKnown: facts.typeKnown,
    canary: facts.canary === "always" || facts.canary === "never" ? facts.canary : undefined,
    bodyRead: facts.bodyRead,
    headers: table.namedHeaders.map((name) => [name, facts.header(name)]),
    customer: customer && standIn(customer, secret),
    keys,
    bucket: bucket ?? draw() % BUCKETS,
    salt: route.salt,
  };
}

/** 53 bits in hexadecimal. */
export function standIn(text: string, secret: number): string {
  const high = murmur3(text, secret) >>> 11;
  const low = murmur3(text, ~secret);
  return high.toString(16).padStart(6, "0") + low.toString(16).padStart(8, "0");
}
