import { type Decision, NO_RULE } from "../routing/decision.ts";
import type { Outcome } from "../routing/outcome.ts";
import type { Labels } from "./door.ts";

/** What a line says of the request itself. Never a query, a header or a body: they may hold keys. */
export interface AccessEntry {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** undefined: the router refused the request before it was decided. */
  readonly decision: Decision | undefined;
  readonly labels: Labels | undefined;
  readonly outcome: Pick<Outcome, "status" | "duration"> & Partial<Outcome>;
}

/** Notes what became of each request. Never throws. */
export type AccessLog = (entry: AccessEntry) => void;

/** A path is told to this length. */
const MAX_PATH = 256;

/**
 * One line of JSON for each failed request, and for a share of the others.
 * @param share 0 to 1.
 * @param draw uniform in [0, 1).
 * @param write gets whole lines, each with its newline.
 */
export function accessLog(
  share: number,
  draw: () => number,
  now: () => Date,
  write: (line: string) => void,
): AccessLog {
  return ({ requestId, method, path, decision, labels, outcome }) => {
    const { status, failure, firstByte, duration, overhead } = outcome;
    if (failure === undefined && status < 500 && draw() >= share) return;
    const line = {
      time: now().toISOString(),
      requestId,
      method,
      path: path.slice(0, MAX_PATH),
      route: decision?.route.name,
      version: decision?.version.version,
      track: decision?.track,
      rule: decision && (decision.rule?.name ?? NO_RULE),
      reason: decision?.reason,
      customerType: labels?.customerType,
      modality: labels?.modality,
      status,
      failure,
      firstByteMs: rounded(firstByte),
      durationMs: rounded(duration),
      overheadMs: rounded(overhead),
    };
    write(`${JSON.stringify(line)}\n`);
  };
}

/** To a hundredth of a millisecond. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 100) / 100;
}
