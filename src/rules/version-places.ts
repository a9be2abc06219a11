import type { Route, Version } from "../routing/rules.ts";
import { child, type Place } from "./place.ts";

/** The versions of a route that is written at `route`, each with its place. */
export function versionPlaces(
  route: Place,
  { stable, candidates, sandbox = [] }: Route,
): readonly (readonly [Version, Place])[] {
  const one = child(route, "candidate");
  return [
    [stable, child(route, "stable")],
    ...candidates.map(
      (version, k) => [version, one.node === undefined ? child(child(route, "candidates"), k) : one] as const,
    ),
    ...sandbox.map((version, k) => [version, child(child(route, "sandbox"), k)] as const),
  ];
}
