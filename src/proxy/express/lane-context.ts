import type { Decision } from "../../routing/decision.ts";
import type { CopyBudget } from "../copy-budget.ts";
import type { Door } from "../door.ts";
import type { FeedbackServer } from "../feedback-server.ts";
import type { Identities } from "../identities.ts";
import type { Shadows } from "../shadow/shadows.ts";
import type { TrustedPeers } from "../trusted-peers.ts";
import type { UpgradeServer } from "../upgrade/upgrade-server.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ExpressSettings } from "./express-settings.ts";
import type { Pools } from "./pools.ts";
import type { RequestIds } from "./request-ids.ts";
import type { Slab } from "./slab.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import type { ToolShed } from "./tools.ts";

/** What the connections of one lane share. */
export interface LaneContext {
  readonly door: Door;
  readonly settings: ExpressSettings;
  readonly toolShed: ToolShed;
  readonly wheel: TimerWheel;
  readonly slab: Slab;
  readonly pools: Pools;
  readonly copyBudget: CopyBudget;
  readonly shadows: Shadows | undefined;
  /** True from the moment the lane is asked to drain: every answer is then its connection's last. */
  readonly draining: boolean;
  /** Milliseconds, monotone, with fractions. */
  now(): number;
  readonly requestIds: RequestIds;
  readonly trustedPeers: TrustedPeers;
  readonly upgrades: UpgradeServer;
  readonly feedback: FeedbackServer | undefined;
  readonly identities: Identities;
  /** The `x-canary-*` lines of an answer. */
  decisionLines(decision: Decision): Buffer;
  /** Clients that are not read from for now. */
  readonly waiting: Set<ClientConnection>;
  /** The connection is gone. */
  forget(connection: ClientConnection): void;
}
