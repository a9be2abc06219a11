import { setTimeout as wait } from "node:timers/promises";
import { toBytes } from "../routing/bytes.ts";
import { type Explanation, explain } from "../routing/explain.ts";
import { findRoute } from "../routing/path-index.ts";
import type { RulesInForce } from "./door.ts";
import type { Identities } from "./identities.ts";
import { type ReadableHead, RequestFacts } from "./request-facts.ts";

/** A request that nobody has sent. */
export interface ImaginedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** By names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without any content coding; undefined: none. */
  readonly body: string | undefined;
}

/** How often somebody may have to be asked, and for how long in ms. */
const MAX_LOOKUPS = 4;
const PATIENCE_MS = 2_000;

/** What the router would decide, and why. Whoever asks is trusted to say who the request is from. */
export async function explainRequest(
  request: ImaginedRequest,
  { table, cuts }: RulesInForce,
  identities: Identities,
  draw: () => number,
  bodyPeekLimit: number,
): Promise<Explanation> {
  const facts = new RequestFacts(headOf(request), table.customers, identities, true);
  const drawn = draw();
  for (let lookups = 0; ; ) {
    const route = findRoute(table, facts);
    if (facts.lack === undefined && route !== undefined) facts.useModalityOf(route.route);
    const explanation = facts.lack === undefined ? explain(table, facts, cuts, () => drawn) : undefined;
    const { lack } = facts;
    if (lack === undefined && explanation !== undefined) return explanation;
    if (lack?.kind === "lookup") {
      const late = new AbortController();
      await Promise.race([lack.done, wait(PATIENCE_MS, undefined, { signal: late.signal })]).finally(() =>
        late.abort(),
      );
      lookups++;
      facts.lookAgain(lookups < MAX_LOOKUPS);
    } else {
      const body = Buffer.from(request.body ?? "");
      facts.readBody(body.subarray(0, bodyPeekLimit), body.length > bodyPeekLimit ? "too_large" : undefined);
    }
  }
}

function headOf({ method, path: target, headers, body }: ImaginedRequest): ReadableHead {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const known = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), toBytes(value)]));
  return {
    method,
    path: toBytes(path),
    query: toBytes(query),
    hasBody: body !== undefined,
    header: (name) => known.get(name),
  };
}
