import { type ReplicasResult, type SeenReplica, SILENT_MS } from "../store/replica-board.ts";

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

/** What is known of one that says nothing. */
export function silence({ heard, address }: Pick<SeenReplica, "heard" | "address">): string {
  const time = heard < 120_000 ? `${Math.round(heard / 1000)} s` : `${Math.round(heard / 60_000)} min`;
  return `has not been heard of for ${time}: it is gone, or serves without the store at ${address}`;
}

function judgeOne({ trouble, ...replica }: SeenReplica, revision: number): JudgedReplica {
  if (replica.heard > SILENT_MS) {
    return { ...replica, state: "silent", why: silence(replica) };
  }
  if (trouble !== undefined)
    return { ...replica, state: "behind", why: `is on revision ${replica.revision}: ${trouble}` };
  if (replica.revision < revision)
    return { ...replica, state: "behind", why: `is still on revision ${replica.revision}` };
  return { ...replica, state: "current" };
}
