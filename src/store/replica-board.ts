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

/** One that has ended without a word is remembered for so long, in ms, so that somebody can be told. */
export const FORGOTTEN_MS = 60_000;

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
