import type { Child } from "./child.ts";

/** What a proxy is set up for: small requests, streams whose chunks must not wait, or large bodies that pass through. */
export type Traffic = "requests" | "streams" | "bodies";

/** A proxy to be measured: it sends 5 % of the customers to the candidate, by the header `x-customer-id`. */
export interface Peer {
  readonly name: string;
  /** Why it cannot be measured here; undefined: it can. */
  missing(): string | undefined;
  /** `admin`: the port of what it tells of itself, where it has one. */
  start(place: Place): Promise<Child & { readonly admin?: number }>;
}

/** Where a proxy is to listen and whom it stands in front of. All ports are of 127.0.0.1. */
export interface Place {
  readonly port: number;
  readonly stable: number;
  readonly candidate: number;
  readonly traffic: Traffic;
  readonly cores: string | undefined;
  /** A directory of its own, empty. */
  readonly dir: string;
}

export const SHARE_PERCENT = 5;

/** Whether somebody listens and answers a plain request, whatever the status. */
export async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { headers: { connection: "close" } })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
