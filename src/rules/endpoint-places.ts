import { isIP } from "node:net";
import type { EndpointLimits } from "../config/endpoint-limits.ts";
import type { Rules } from "../routing/rules.ts";
import { pathText } from "./path.ts";
import { child, type Place } from "./place.ts";
import { type Mistake, shown } from "./rule-error.ts";
import { versionPlaces } from "./version-places.ts";

/** Finds endpoints, and key sets, at hosts that are not allowed, each at its place; undefined: there are none. */
export function forbiddenEndpoints(
  rules: Rules,
  { allowsHost, allowsAddress }: EndpointLimits,
): ((root: Place) => readonly Mistake[]) | undefined {
  const wrong = new Set(endpointsOf(rules).filter((url) => !allowsHost(hostOf(url))));
  // Keys are published where no model is served, but not there either where clouds keep credentials.
  const keys = keysUrl(rules);
  const keysHost = keys === undefined ? "" : hostOf(keys);
  const wrongKeys = isIP(keysHost) !== 0 && !allowsAddress(keysHost);
  if (wrong.size === 0 && !wrongKeys) return undefined;
  return (root) => [
    ...(wrongKeys ? [notAllowed(keys ?? "", child(child(child(root, "customers"), "jwt"), "jwks"))] : []),
    ...placesOf(root, rules, wrong),
  ];
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
  const refused = (url: string, at: Place): Mistake[] => (wrong.has(url) ? [notAllowed(url, at)] : []);
  return routes.flatMap((route, i) => {
    const { compare } = route;
    const at = child(child(root, "routes"), i);
    const ofVersions = versionPlaces(at, route).flatMap(([{ endpoints }, version]) => {
      const list = child(version, "endpoints");
      return endpoints.flatMap((url, j) => refused(url, child(list, j)));
    });
    const hook = compare?.how.as === "hook" ? refused(compare.how.url, child(child(at, "compare"), "url")) : [];
    return [...ofVersions, ...hook];
  });
}
