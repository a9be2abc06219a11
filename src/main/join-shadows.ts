import type { ShadowStanding } from "../admin/endpoints/routes.ts";
import { Agreements, type AgreementVerdict } from "../guard/agreement.ts";
import { type Disagreement, Disagreements } from "../guard/disagreements.ts";
import type { Log } from "../log.ts";
import type { ShadowCells, ShadowNumbers } from "../metrics/shadow-cells.ts";
import type { Compared } from "../proxy/shadow/comparisons.ts";
import { NO_RULE } from "../routing/decision.ts";
import type { Route } from "../routing/rules.ts";
import { fieldOf } from "../store/cuts-port.ts";
import type { LiveCuts } from "../store/live-cuts.ts";
import type { Told } from "./forwarding.ts";
import { AUTHOR, restoredAt } from "./join-guard.ts";

interface Joined {
  readonly numbers: ShadowNumbers;
  /** Those in force. */
  routes(): readonly Route[];
  readonly cuts: Pick<LiveCuts, "cut" | "records">;
  readonly log: Log;
}

/** What becomes of copies: counted, judged by how they compare, and the last disagreements kept. */
export interface JoinedShadows {
  readonly told: Told["shadows"];
  /** Of this replica, the newest first. */
  disagreements(route: string): readonly Disagreement[];
  /** undefined: nobody judges how often it agrees. */
  agreement(route: Route, version: string): AgreementVerdict | undefined;
  standings(): ShadowStanding[];
}

export function joinShadows({ numbers, routes, cuts, log }: Joined): JoinedShadows {
  const agreements = new Agreements();
  const disagreements = new Disagreements();
  const since = new Map<string, number>();

  /** With what a person has restored it begins anew. */
  const forgetIfRestored = (route: string, version: string): void => {
    const key = JSON.stringify([route, version]);
    const restored = restoredAt(cuts, route, version);
    if (restored !== (since.get(key) ?? restored)) agreements.forget(route, version);
    since.set(key, restored);
  };
  const judge = (route: Route, version: string, modality: string, agreed: boolean): void => {
    forgetIfRestored(route.name, version);
    const bad = agreements.note(route, version, modality, agreed);
    if (bad === undefined) return;
    const observeOnly = route.autoCut?.observeOnly === true;
    log.warn(observeOnly ? "a shadow disagrees, and is only watched" : "a shadow disagrees", { ...bad });
    const { why, ...target } = bad;
    const isCut = cuts.records().some((one) => one.state === "cut" && fieldOf(one) === fieldOf(target));
    if (!observeOnly && !isCut) void cuts.cut({ ...target, by: AUTHOR, why }, "finish");
  };
  const onCompared = ({ plan, decision, labels, requestId, path, numbers: found, difference }: Compared): void => {
    numbers.onCompared(plan, found);
    const { result, similarity } = found;
    if (typeof result !== "string") return;
    const { version } = plan.version;
    const { route, rule } = decision;
    if (result !== "agree" && difference !== undefined) {
      const about = {
        ...{ at: Date.now(), requestId, version, path, similarity },
        answeredBy: decision.version.version,
        rule: rule?.name ?? NO_RULE,
        modality: labels.modality,
      };
      disagreements.note(route.name, route.compare?.keep ?? 0, about, difference);
    }
    judge(route, version, labels.modality, result === "agree");
  };
  return {
    told: {
      onSent: (plan) => numbers.onSent(plan),
      onDropped: (plan, why, sent) => numbers.onDropped(plan, why, sent),
      onEnd: (plan, outcome) => numbers.onEnd(plan, outcome),
      onCompared,
    },
    disagreements: (route) => disagreements.of(route),
    agreement: (route, version) => agreements.verdict(route, version),
    standings: () =>
      [...numbers.all()].map((cells) => {
        const { route: name, version } = cells.labels;
        const route = routes().find((one) => one.name === name);
        return {
          ...standingOf(cells),
          agreement: route && agreements.verdict(route, version),
        };
      }),
  };
}

type Word = AgreementVerdict["verdict"];

/** Of two verdicts the one that holds a ramp back more. undefined: nobody judges. */
export function worse(of: Word | undefined, other: Word | undefined): Word | undefined {
  const both = [of, other].filter((word) => word !== undefined);
  return both.find((word) => word === "bad") ?? both.find((word) => word === "not enough data") ?? both[0];
}

function standingOf({ labels, codes, failures, dropped, inFlight, results }: ShadowCells) {
  const sum = (counts: ReadonlyMap<unknown, number>) => [...counts.values()].reduce((all, one) => all + one, 0);
  return {
    ...labels,
    requests: sum(codes),
    failures: sum(failures),
    dropped: sum(dropped),
    inFlight,
    compared: sum(results),
    agreed: results.get("agree") ?? 0,
  };
}
