import type { IncomingMessage } from "node:http";
import { bucketOf } from "../../../src/routing/bucket.ts";
import { SHARE_PERCENT } from "../peer.ts";

/** The port of the version that answers this customer, of `[stable, candidate]`. */
export function versionPort({ headers }: IncomingMessage, versions: readonly number[]): number | undefined {
  const bucket = bucketOf("chat", String(headers["x-customer-id"]));
  return versions[bucket < SHARE_PERCENT * 100 ? 1 : 0];
}
