import { isIP } from "node:net";
import type { EndpointLimits } from "../config/endpoint-limits.ts";
import type { Rules } from "../routing/rules.ts";
import { pathText } from "./path.ts";
import { child, type Place, rootPlace } from "./place.ts";
import type { ReadRules } from "./read-rules.ts";
import { type Mistake, ruleErrors, shown } from "./rule-error.ts";
import { treeOf } from "./yaml-tree.ts";

/** Refuses rules with endpoints, and key sets, at hosts that are not allowed, each at its place. */
export function withAllowedEndpoints(
  text: string,
  reading: ReadRules,
  { allowsHost, allowsAddress }: EndpointLimits,
): ReadRules {
  if (reading.kind === "refused") return reading;
  const wrong = new Set(endpointsOf(reading.rules).filter((url) => !allowsHost(hostOf(url))));
  // Keys are published where no model is served, but not there either where clouds keep credentials.
  const keys = keysUrl(reading.rules);
  const keysHost = keys === undefined ? "" : hostOf(keys);
  const wrongKeys = isIP(keysHost) !== 0 && !allowsAddress(keysHost);
  if (wrong.size === 0 && !wrongKeys) return reading;
  const { root } = treeOf(text);
  const place = root && rootPlace(root);
  const mistakes = place === undefined ? [] : placesOf(place, reading.rules, wrong);
  if (place !== undefined && wrongKeys) {
    mistakes.unshift(notAllowed(keys ?? "", child(child(child(place, "customers"), "jwt"), "jwks")));
  }
  return { kind: "refused", errors: ruleErrors(mistakes, text) };
}

function endpointsOf({ routes }: Rules): string[] {
  return routes.flatMap(({ stable, candidates, sandbox = [], compare }) => [
    ...[stable, ...candidates, ...sandbox].flatMap(({ endpoints }) => endpoints),
    ...(compare?.how.as === "hook" ? [compare.how.url] : []),
  ]);
}

function keysUrl({ customers: { jwt } }: Rules): string | undefined {
  return jwt?.keys.from === "jwks" && /^https?:/i.test(jwt.keys.at) ? jwt.keys.at : undefined;
}

function notAllowed(url: string, at: Place): Mistake {
  const message = `The endpoint ${shown(url)} is at a host that the router may not send to: the setting proxy.allowedEndpoints says which it may.`;
  return { offset: at.offset, path: pathText(at.path), message };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}

function placesOf(root: Place, { routes }: Rules, wrong: ReadonlySet<string>): Mistake[] {
  return routes.flatMap(({ stable, candidates, sandbox = [], compare }, i) => {
    const route = child(child(root, "routes"), i);
    const one = child(route, "candidate");
    const places = [
      child(route, "stable"),
      ...candidates.map((_, k) => (one.node === undefined ? child(child(route, "candidates"), k) : one)),
      ...sandbox.map((_, k) => child(child(route, "sandbox"), k)),
    ];
    const refused = (url: string, at: Place): Mistake[] => (wrong.has(url) ? [notAllowed(url, at)] : []);
    const ofVersions = [stable, ...candidates, ...sandbox].flatMap(({ endpoints }, k) => {
      const list = child(places[k] ?? route, "endpoints");
      return endpoints.flatMap((url, j) => refused(url, child(list, j)));
    });
    const hook = compare?.how.as === "hook" ? refused(compare.how.url, child(child(route, "compare"), "url")) : [];
    return [...ofVersions, ...hook];
  });
}
