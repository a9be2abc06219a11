import type { z } from "zod";
import type { CutSpread, CutsNow, Replicas as ReplicasShape, Routes } from "../../admin/endpoints/shapes.ts";

/** What the API answers, as the schemas say that it validates and documents it by. */
export type RoutesNow = z.output<typeof Routes>;
export type RouteNow = RoutesNow["routes"][number];
export type VersionNow = RouteNow["versions"][number];
export type ReplicasNow = z.output<typeof ReplicasShape>;
export type Cuts = z.output<typeof CutsNow>;
export type Spread = z.output<typeof CutSpread>;
