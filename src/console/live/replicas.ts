import { signal } from "@preact/signals";
import type { ReplicaNow, ReplicasNow } from "../api/answers.ts";
import { onEvent } from "./connection.ts";

/** Without the times, which change all the time. */
type ReplicasTold =
  | (Omit<ReplicasNow, "replicas"> & { readonly replicas: readonly Omit<ReplicaNow, "heard" | "lag">[] })
  | { readonly unavailable: string };

/** The replicas and how far each is; undefined: they have not been heard of yet. */
export const replicas = signal<ReplicasTold | undefined>(undefined);

/** Follows the replicas from now on. */
export function followReplicas(): void {
  onEvent("replicas", (data) => {
    replicas.value = data as ReplicasTold;
  });
}
