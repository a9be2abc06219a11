import { type ApiOfPath, apiOfPath } from "./api-of-path.ts";
import { percentDecoded, percentEncoded } from "./byte-string.ts";
import type { Place } from "./place.ts";
import { parameterPlace } from "./query.ts";

/** Path and query of a request's target. */
export interface Target {
  readonly path: string;
  /** As sent, with or without its `?`. */
  readonly query: string;
}

/** The model that path or query name, as a byte string; undefined: they do not. */
export function modelInHead(api: ApiOfPath | undefined, { path, query }: Target): string | undefined {
  if (api?.model !== undefined) return percentDecoded(path.slice(api.model.start, api.model.end));
  const place = modelInQuery(api, query);
  return place === undefined ? undefined : percentDecoded(query.slice(place.start, place.end).replaceAll("+", " "));
}

/**
 * The same target with another model in it. Undefined: neither path nor query name one.
 *
 * @param to a byte string
 */
export function replaceModelInHead(method: string, { path, query }: Target, to: string): Target | undefined {
  const api = apiOfPath(method, path);
  if (api?.model !== undefined) return { path: spliced(path, api.model, to), query };
  const place = modelInQuery(api, query);
  return place === undefined ? undefined : { path, query: spliced(query, place, to) };
}

/** Of an API that nobody knows the parameter is believed; `deployment` is what Azure's realtime calls it. */
function modelInQuery(api: ApiOfPath | undefined, query: string): Place | undefined {
  if (query === "" || (api !== undefined && api.shape.model !== "query")) return undefined;
  return parameterPlace(query, "model") ?? parameterPlace(query, "deployment");
}

function spliced(text: string, { start, end }: Place, to: string): string {
  return text.slice(0, start) + percentEncoded(to) + text.slice(end);
}
