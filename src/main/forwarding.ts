import type { WorkersState } from "../metrics/workers-metrics.ts";
import type { Door } from "../proxy/door.ts";
import type { FeedbackAnswer } from "../proxy/feedback-server.ts";
import type { Compared } from "../proxy/shadow/comparisons.ts";
import type { ShadowDesk } from "../proxy/shadow/shadow-desk.ts";
import type { CutTarget } from "../routing/cuts.ts";
import type { Decision } from "../routing/decision.ts";
import type { RampPositions } from "../routing/ramp.ts";
import type { Version } from "../routing/rules.ts";
import type { SeenRequest } from "../routing/seen-request.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import type { Directory } from "../store/directory.ts";
import type { CurrentRules } from "../store/live-rules.ts";
import type { LaneCounts } from "./lane-counts.ts";

/** What lanes tell of their requests. Every function is cheap, synchronous and never throws. */
export interface Told extends Required<Pick<Door, "onDecision" | "onMoved" | "onUnread" | "onOutcome">> {
  readonly shadows: Omit<ShadowDesk, "onPair"> & {
    /** Two answers to one request have been held against each other. */
    onCompared(compared: Compared): void;
  };
  /** That request is captured. */
  onCaptured(requestId: string, decision: Decision): void;
}

/** What whoever forwards needs of the rest of the house. */
export interface ForForwarding {
  /** Of this replica. */
  readonly id: string;
  /** What is in force now. */
  rules(): CurrentRules | undefined;
  positions(): RampPositions;
  readonly told: Told & {
    /** The process that had the request in hand has ended. */
    onLost(decision: Decision): void;
  };
  /** What came to the feedback's path. */
  feedback(body: unknown): FeedbackAnswer | Promise<FeedbackAnswer>;
  readonly directory: Pick<Directory, "owners" | "types">;
  /** Where captured requests are kept; undefined: nowhere. */
  readonly captureStore: CaptureStore | undefined;
  /** What stand-ins of those that are seen are made with, 32 bits; and how many are remembered. */
  readonly seen: { readonly secret: number; readonly size: number };
}

/** Whoever forwards the requests: the lane of this process, or the lanes of several. */
export interface Forwarding {
  readonly port: number;
  /** How many processes forward. */
  state(): WorkersState;
  /** Hands over what is in force. `done` is called once it is in force in all that forward, with the ms that this took. */
  renew(done: (ms: number) => void): void;
  /** Ends what a version, or a slice of it, has in hand. */
  abort(target: CutTarget): void;
  /** The URLs of the version's endpoints that get nothing at the moment, for their failures. */
  leftOut(version: Version): readonly string[];
  counts(): LaneCounts;
  /** The last requests that were seen. */
  seen(): Promise<readonly SeenRequest[]>;
  /** Resolves when all that lanes had to tell has been told, and what `leftOut` and `counts` say is of now. Never rejects. */
  caughtUp(): Promise<void>;
  /** What other processes say of themselves. */
  processes(): Promise<readonly object[][]>;
  /** Takes no new connections, waits up to `ms` for what is in flight. Never rejects. */
  drain(ms: number): Promise<void>;
}
