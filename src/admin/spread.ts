import { setTimeout as pause } from "node:timers/promises";
import { type ReplicaBoard, SILENT_MS } from "../store/replica-board.ts";
import { silence } from "./replica-states.ts";

/** How far a decision about a cut has come. */
export interface Spread {
  /** The ids of the replicas where it is in force. */
  readonly applied: readonly string[];
  readonly missing: readonly { readonly id: string; readonly why: string }[];
  /** Milliseconds from the request to the last acknowledgement, or until nobody waited any more. */
  readonly ms: number;
}

/** How long the answer to a cut waits for the other replicas, in ms. */
const PATIENCE_MS = 1_000;
const LONGEST_PAUSE_MS = 20;

/** Replicas tell in their heartbeats which decisions are in force there, and do so at once when there is a new one. */
export interface Witness {
  readonly board: Pick<ReplicaBoard, "replicas">;
  /** The replica that was asked. */
  readonly self: string;
  /** Whether what it has decided by now is in force in all of its processes; false: not within a second. */
  everywhere(): Promise<boolean>;
}

/**
 * Waits until the decision of `epoch` is in force on every replica that lives, but not longer than a second from
 * `since` (of `performance.now`). One that has fallen silent is named and not waited for.
 */
export async function acknowledged(witness: Witness, epoch: number, since: number): Promise<Spread> {
  const { board, self } = witness;
  const own = await ownPart(witness);
  for (let wait = 1; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
    const found = await board.replicas();
    const ms = performance.now() - since;
    const patient = ms < PATIENCE_MS;
    if (found.kind === "unavailable") {
      const nobody = others(`nobody can be asked: ${found.why}`);
      if (!patient) return { applied: own.applied, missing: [...own.missing, nobody], ms };
    } else {
      const rest = found.replicas.filter(({ id, cutEpoch }) => id !== self && cutEpoch < epoch);
      const living = rest.some(({ heard }) => heard <= SILENT_MS);
      if (!living || !patient) {
        const there = found.replicas.flatMap(({ id, cutEpoch }) => (id !== self && cutEpoch >= epoch ? [id] : []));
        const missing = rest.map((one) => ({ id: one.id, why: one.heard > SILENT_MS ? silence(one) : LATE }));
        return { applied: [...own.applied, ...there].sort(), missing: [...own.missing, ...missing], ms };
      }
    }
    await pause(wait);
  }
}

/** What the replica that was asked says of itself. */
export async function ownPart({ self, everywhere }: Witness): Promise<Pick<Spread, "applied" | "missing">> {
  if (await everywhere()) return { applied: [self], missing: [] };
  return { applied: [], missing: [{ id: self, why: "has not got it into all of its workers yet" }] };
}

export function others(why: string): Spread["missing"][number] {
  return { id: "others", why };
}

const LATE = "lives and has not acknowledged yet; it reads every second";

/** `applied on 3 of 3 replicas in 12 ms`, and who is missing. */
export function inWords({ applied, missing, ms }: Spread): string {
  const many = applied.length === 1 ? "replica" : "replicas";
  const unknown = missing.find(({ id }) => id === "others");
  if (unknown !== undefined) return `applied on ${applied.length} ${many}; others ${unknown.why}`;
  const all = applied.length + missing.length;
  const rest = missing.map(({ id, why }) => `; ${id} ${why}`).join("");
  return `applied on ${applied.length} of ${all} ${all === 1 ? "replica" : "replicas"} in ${Math.round(ms)} ms${rest}`;
}
