import type { Log } from "../log.ts";
import { AUTO_CUT } from "../routing/auto-cut.ts";
import type { CutSlice } from "../routing/cuts.ts";
import type { Decision } from "../routing/decision.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";
import type { Route } from "../routing/rules.ts";
import { Agreements, type AgreementVerdict, versionsAside } from "./agreement.ts";
import { type Board, BoardSharing } from "./board-sharing.ts";
import { type Bad, type Circumstances, Guard } from "./guard.ts";
import { Paces } from "./paces.ts";
import { agreementRows, type OnTrial, tallyRows } from "./shared-rows.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface LiveGuardOptions {
  readonly board: Board;
  /** The id of this replica. */
  readonly replica: string;
  readonly log: Log;
  /** Those in force. */
  routes(): readonly Route[];
  /** When a version was restored the last time; 0: never. Any number that rises. */
  restoredAt(route: string, version: string): number;
  /** Said at once, in the middle of a request. */
  onBad(bad: Bad): void;
  /** Milliseconds between two exchanges with the other replicas; 250 unless told. */
  readonly everyMs?: number;
}

/** The guard of this replica, which knows what the others have seen. All but `stop` is cheap, and nothing throws. */
export interface LiveGuard {
  onOutcome(decision: Decision, about: Circumstances, outcome: Outcome): void;
  onFailed(decision: Decision, about: Circumstances, failure: Failure): void;
  onFeedback(decision: Decision, about: Circumstances, liked: boolean): void;
  /** What a shadow answered was held against what the client got. */
  onCompared(route: Route, version: string, modality: string, agreed: boolean): void;
  /** What is thought of a candidate of a route in force, or of a slice of what it gets. */
  verdict(route: Route, version: string, slice?: CutSlice): Verdict;
  /** What is thought of how often a shadow agrees; undefined: nobody judges it. */
  agreement(route: Route, version: string): AgreementVerdict | undefined;
  /** Why this replica judges alone at the moment; undefined: it does not. */
  alone(): string | undefined;
  stop(): Promise<void>;
}

export function followGuard(options: LiveGuardOptions): LiveGuard {
  const { board, replica, log, everyMs = 250 } = options;
  const guard = new Guard((bad) => {
    const { observeOnly, ...what } = bad;
    log.warn(observeOnly ? "a candidate is bad, and only watched" : "a candidate is bad", what);
    options.onBad(bad);
  });
  const agreements = new Agreements((bad) => {
    const { observeOnly, ...what } = bad;
    log.warn(observeOnly ? "a shadow disagrees, and is only watched" : "a shadow disagrees", what);
    options.onBad(bad);
  });
  let candidates: readonly OnTrial[] = [];
  let compared: readonly OnTrial[] = [];
  const shared = [tallyRows(guard, () => candidates), agreementRows(agreements, () => compared)];
  const sharing = new BoardSharing(shared, board, replica);
  const paces = new Paces();
  const since = new Map<string, number>();
  let routes: readonly Route[] = [];
  let alone: string | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** Finds out who is on trial, and forgets those that begin anew or are gone. */
  const summon = (): void => {
    const now = options.routes();
    let changed = now !== routes;
    routes = now;
    const begun = (route: Route, version: string): OnTrial => {
      const key = JSON.stringify([route.name, version]);
      const restored = options.restoredAt(route.name, version);
      if (restored !== (since.get(key) ?? restored)) {
        guard.forget(route.name, version);
        paces.forget(route.name, version);
        agreements.forget(route.name, version);
        changed = true;
      }
      since.set(key, restored);
      return { route, version, since: restored };
    };
    const all = routes.flatMap((route) => versionsAside(route).map(({ version }) => begun(route, version)));
    candidates = all.filter(({ route, version }) => route.candidates.some((one) => one.version === version));
    compared = all.filter(({ route }) => route.compare?.least !== undefined);
    if (!changed) return;
    guard.keep(routes);
    agreements.keep(routes);
    sharing.forgetUnknown();
  };
  const tell = (why: string | undefined): void => {
    if (why !== undefined && alone === undefined) log.warn("the guard judges by what this replica sees alone", { why });
    if (why === undefined && alone !== undefined) log.info("the guard knows again what the other replicas see");
    alone = why;
  };
  const turn = async (): Promise<void> => {
    try {
      summon();
      const why = await sharing.exchange();
      if (stopped) return;
      tell(why);
      for (const { route, version } of candidates) {
        paces.note(route.name, version, guard.requests(route, version), performance.now());
      }
    } catch (error) {
      log.error("the guard has stumbled", { why: String(error) });
    }
    if (!stopped) timer = setTimeout(() => void run(), everyMs);
  };
  let turning: Promise<void> = Promise.resolve();
  const run = (): void => {
    turning = turn();
  };
  run();

  return {
    onOutcome: (decision, about, outcome) => guard.onOutcome(decision, about, outcome),
    onFailed: (decision, about, failure) => guard.onFailed(decision, about, failure),
    onFeedback: (decision, about, liked) => guard.onFeedback(decision, about, liked),
    verdict(route, version, slice) {
      const opinion = guard.opinion(route, version, paces.of(route.name, version), slice);
      return verdictOf(version, opinion, route.autoCut ?? AUTO_CUT);
    },
    onCompared: (route, version, modality, agreed) => agreements.note(route, version, modality, agreed),
    agreement: (route, version) => agreements.verdict(route, version),
    alone: () => alone,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await turning;
    },
  };
}
