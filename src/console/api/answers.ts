import type { z } from "zod";
import type { Approvals, ApprovalWithText, Approved, Held } from "../../admin/shapes/approvals.ts";
import type { CutSpread, CutsNow } from "../../admin/shapes/cuts.ts";
import type { Recent } from "../../admin/shapes/recent.ts";
import type { Replicas } from "../../admin/shapes/replicas.ts";
import type { Routes } from "../../admin/shapes/routes.ts";
import type { Session } from "../../admin/shapes/session.ts";

/** What the API answers, as the schemas say that it validates and documents it by. */
export type RoutesNow = z.output<typeof Routes>;
export type RouteNow = RoutesNow["routes"][number];
export type VersionNow = RouteNow["versions"][number];
export type ReplicasNow = z.output<typeof Replicas>;
export type ReplicaNow = ReplicasNow["replicas"][number];
export type Cuts = z.output<typeof CutsNow>;
export type CutNow = Cuts["cuts"][number];
export type Spread = z.output<typeof CutSpread>;
export type RecentNow = z.output<typeof Recent>;
export type RecentVersion = RecentNow["versions"][number];
export type RecentPoint = RecentVersion["points"][number];

export type ApprovalsNow = z.output<typeof Approvals>;
export type ApprovalNow = ApprovalsNow["approvals"][number];
export type ApprovalText = z.output<typeof ApprovalWithText>;
export type HeldNow = z.output<typeof Held>;
export type ApprovedNow = z.output<typeof Approved>;

/** Who this browser is to the router, and how one can log in. */
export type SessionNow = z.output<typeof Session>;
