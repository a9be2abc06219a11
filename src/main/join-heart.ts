import { hostname } from "node:os";
import { routerVersion } from "../config/version.ts";
import { startHeart } from "../store/heartbeat.ts";
import type { LiveRules } from "../store/live-rules.ts";
import type { ReplicaBoard } from "../store/replica-board.ts";
import type { ForwardingToCome } from "./forwarding-to-come.ts";
import type { InForce } from "./in-force.ts";
import type { Opened } from "./opened.ts";
import { standing } from "./standing.ts";

/** How often a replica tells that it is there; it also does when something new is in force. */
const HEARTBEAT_MS = 1_000;

interface Joined {
  readonly board: ReplicaBoard;
  /** Of this replica. */
  readonly id: string;
  /** Where the others reach its admin port; undefined: at this machine's name and `port`. */
  readonly address: string | undefined;
  readonly port: number;
  readonly live: LiveRules;
  readonly inForce: InForce;
  readonly forwarding: Pick<ForwardingToCome, "state">;
}

/** Tells the other replicas of this one. */
export function joinHeart({ board, id, address, port, live, inForce, forwarding }: Joined, opened: Opened): void {
  const own = { id, address: address ?? `${hostname()}:${port}`, build: routerVersion() };
  const now = () => ({ ...own, ...standing(live), ...inForce.told, workers: forwarding.state() });
  const heart = startHeart(board, now, HEARTBEAT_MS);
  opened.add(heart.stop);
  inForce.onTold(heart.beat);
}
