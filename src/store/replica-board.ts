import type { WorkersState } from "../metrics/workers-metrics.ts";

/** What a replica says of itself, again and again. */
export interface Heartbeat {
  /** Its own, for as long as the process runs. */
  readonly id: string;
  /** Where its admin port is. */
  readonly address: string;
  /** The revision in force there; 0: none. */
  readonly revision: number;
  /** The last change of cuts in force there; 0: none. */
  readonly cutEpoch: number;
  /** Milliseconds from the acceptance of that revision until it was in force there; 0 where it was accepted by that replica. */
  readonly lag: number;
  /** The router's version. */
  readonly build: string;
  /** Why the rules of the store are not in force there, when the replica knows. */
  readonly trouble?: string | undefined;
  /** The processes that forward there; undefined: its build does not say. */
  readonly workers?: WorkersState | undefined;
}

export interface SeenReplica extends Heartbeat {
  /** Milliseconds since its last heartbeat, by the clock of the store. */
  readonly heard: number;
}

export type ReplicasResult =
  | {
      readonly kind: "replicas";
      /** The last that was accepted. */
      readonly revision: number;
      /** By id. */
      readonly replicas: readonly SeenReplica[];
    }
  | { readonly kind: "unavailable"; readonly why: string };

/** Where replicas tell of themselves. No method rejects. */
export interface ReplicaBoard {
  /** Whether it has been heard. */
  beat(heartbeat: Heartbeat): Promise<boolean>;
  /** Those of the last `FORGOTTEN_MS`. */
  replicas(): Promise<ReplicasResult>;
  /** The replica ends; nobody needs to miss it. */
  leave(id: string): Promise<void>;
}

/** One that has ended without a word, or has lost the store and serves on, is remembered for so long, in ms. */
export const FORGOTTEN_MS = 3_600_000;

/** Without those that are surely gone: a later process has their address, as a container's has after a crash. */
export function withoutReplaced(replicas: readonly SeenReplica[]): readonly SeenReplica[] {
  const last = new Map<string, number>();
  for (const { address, heard } of replicas) last.set(address, Math.min(heard, last.get(address) ?? heard));
  return replicas.filter(({ address, heard }) => heard <= SILENT_MS || heard === last.get(address));
}

/** A replica that has not been heard of for so long, in ms, may be gone; heartbeats come every second. */
export const SILENT_MS = 5_000;

/** For a store that one process has for itself; `revision` is the store's. */
export function ownBoard(revision: () => Promise<number>, now: () => number): ReplicaBoard {
  let own: { readonly heartbeat: Heartbeat; readonly at: number } | undefined;
  return {
    async beat(heartbeat) {
      own = { heartbeat, at: now() };
      return true;
    },
    async replicas() {
      const replicas = own === undefined ? [] : [{ ...own.heartbeat, heard: now() - own.at }];
      return { kind: "replicas", revision: await revision(), replicas };
    },
    async leave() {
      own = undefined;
    },
  };
}
