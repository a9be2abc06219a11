import type { ReplicasResult, SeenReplica } from "../store/replica-board.ts";

/** A replica that has not been heard of for so long, in ms, may be gone; heartbeats come every second. */
export const SILENT_MS = 5_000;

interface JudgedReplica extends Omit<SeenReplica, "trouble"> {
  readonly state: "current" | "behind" | "silent";
  /** Why it is not current. */
  readonly why?: string;
}

export interface JudgedReplicas {
  /** The last that was accepted. */
  readonly revision: number;
  /** How many have it in force. */
  readonly current: number;
  /** `3 of 3 on revision 42`, and who is not. */
  readonly summary: string;
  readonly replicas: readonly JudgedReplica[];
}

/** Who has the last revision in force, and who has not, and why. */
export function judge(found: Extract<ReplicasResult, { kind: "replicas" }>): JudgedReplicas {
  const revision = Math.max(found.revision, ...found.replicas.map((replica) => replica.revision));
  const replicas = found.replicas.map((replica) => judgeOne(replica, revision));
  const current = replicas.filter(({ state }) => state === "current").length;
  const others = replicas.flatMap(({ id, why }) => (why === undefined ? [] : [`; ${id} ${why}`]));
  const summary = `${current} of ${replicas.length} on revision ${revision}${others.join("")}`;
  return { revision, current, summary, replicas };
}

function judgeOne({ trouble, ...replica }: SeenReplica, revision: number): JudgedReplica {
  if (replica.heard > SILENT_MS) {
    return { ...replica, state: "silent", why: `has not been heard of for ${Math.round(replica.heard / 1000)} s` };
  }
  if (trouble !== undefined)
    return { ...replica, state: "behind", why: `is on revision ${replica.revision}: ${trouble}` };
  if (replica.revision < revision)
    return { ...replica, state: "behind", why: `is still on revision ${replica.revision}` };
  return { ...replica, state: "current" };
}
