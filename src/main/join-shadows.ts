import type { ShadowStanding } from "../admin/endpoints/routes.ts";
import type { AgreementVerdict } from "../guard/agreement.ts";
import { type Disagreement, Disagreements } from "../guard/disagreements.ts";
import type { LiveGuard } from "../guard/live-guard.ts";
import type { ShadowCells, ShadowNumbers } from "../metrics/shadow-cells.ts";
import type { Compared } from "../proxy/shadow/comparisons.ts";
import { NO_RULE } from "../routing/decision.ts";
import type { Route } from "../routing/rules.ts";
import type { Told } from "./forwarding.ts";

interface Joined {
  readonly numbers: ShadowNumbers;
  /** Those in force. */
  routes(): readonly Route[];
  readonly guard: Pick<LiveGuard, "onCompared" | "agreement">;
}

/** What becomes of copies: counted, shown to the guard, and the last disagreements kept. */
export interface JoinedShadows {
  readonly told: Told["shadows"];
  /** Of this replica, the newest first. */
  disagreements(route: string): readonly Disagreement[];
  standings(): ShadowStanding[];
}

export function joinShadows({ numbers, routes, guard }: Joined): JoinedShadows {
  const disagreements = new Disagreements();
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
    guard.onCompared(route, version, labels.modality, result === "agree");
  };
  return {
    told: {
      onSent: (plan) => numbers.onSent(plan),
      onDropped: (plan, why, sent) => numbers.onDropped(plan, why, sent),
      onEnd: (plan, outcome) => numbers.onEnd(plan, outcome),
      onCompared,
    },
    disagreements: (route) => disagreements.of(route),
    standings: () =>
      [...numbers.all()].map((cells) => {
        const { route: name, version } = cells.labels;
        const route = routes().find((one) => one.name === name);
        return {
          ...standingOf(cells),
          agreement: route && guard.agreement(route, version),
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
