import type { LiveGuard } from "../guard/live-guard.ts";
import type { Verdict } from "../guard/verdict.ts";
import type { ShadowNumbers } from "../metrics/shadow-cells.ts";
import type { LiveRampsOptions } from "../store/live-ramps.ts";
import { type GuardParts, joinGuard, routesOf, verdictsOf } from "./join-guard.ts";
import { type JoinedShadows, joinShadows, worse } from "./join-shadows.ts";
import type { Opened } from "./opened.ts";

interface Joined extends GuardParts {
  readonly numbers: ShadowNumbers;
}

/** Who judges candidates: the guard, by what they answer and by how the answers to copies compare with stable's. */
export interface Judges {
  readonly guard: LiveGuard;
  readonly shadows: JoinedShadows;
  /** The guard's, of every candidate in force. */
  verdicts(): (Verdict & { readonly route: string })[];
  /** What all of them think of a ramp's candidate: the word that holds it back more. */
  readonly verdictOf: LiveRampsOptions["verdictOf"];
}

export function joinJudges({ numbers, ...parts }: Joined, opened: Opened): Judges {
  const guard = joinGuard(parts);
  const { live } = parts;
  opened.add(guard.stop);
  const shadows = joinShadows({ numbers, routes: () => routesOf(live), guard });
  return {
    guard,
    shadows,
    verdicts: () => verdictsOf(live, guard),
    verdictOf: ({ route, rule, version }) =>
      worse(guard.verdict(route, version, { rule: rule.name }).verdict, guard.agreement(route, version)?.verdict),
  };
}
