import type { z } from "zod";
import type { CutSpread, CutsNow, Recent, Replicas, Routes, Session } from "../../admin/endpoints/shapes.ts";

/** What the API answers, as the schemas say that it validates and documents it by. */
type PlainRoutes = z.output<typeof Routes>;
type PlainRoute = PlainRoutes["routes"][number];
export type VersionNow = PlainRoute["versions"][number] & { readonly verdict?: VerdictNow };
export interface RouteNow extends Omit<PlainRoute, "versions"> {
  readonly versions: readonly VersionNow[];
}
export interface RoutesNow extends Omit<PlainRoutes, "routes"> {
  readonly routes: readonly RouteNow[];
}
export type ReplicasNow = z.output<typeof Replicas>;
export type ReplicaNow = ReplicasNow["replicas"][number];
export type Cuts = z.output<typeof CutsNow>;
export type CutNow = Cuts["cuts"][number];
export type Spread = z.output<typeof CutSpread>;
export type RecentNow = z.output<typeof Recent>;
export type RecentVersion = RecentNow["versions"][number];
export type RecentPoint = RecentVersion["points"][number];

/** What the guard thinks of a candidate. */
export interface VerdictNow {
  readonly verdict: "good" | "bad" | "not enough data";
  readonly sentence: string;
}

/** Who this browser is to the router, and how one can log in. */
export type SessionNow = z.output<typeof Session>;
