import type { RulesInForce } from "../../proxy/door.ts";
import { atPositions } from "../../routing/at-positions.ts";
import { type Cuts, NO_CUTS } from "../../routing/cuts.ts";
import { onlyStable } from "../../routing/only-stable.ts";
import { type RampPositions, withRamps } from "../../routing/ramp.ts";
import type { Rules } from "../../routing/rules.ts";
import { compiling } from "../../routing/table.ts";
import { readRulesApart } from "../../rules/read-apart.ts";
import { inSlices } from "../../slices.ts";
import { oneAtATime } from "../../store/one-at-a-time.ts";
import type { HandedText } from "./calls.ts";

/** The rules in force in a worker, as the primary hands them over. Each method resolves once that is in force. */
export class HandedRules {
  readonly #serially = oneAtATime();
  /** What the rules in force are, but for the shares that ramps give now. */
  #written: Rules | undefined;
  #positions: RampPositions = new Map();
  #cuts: Cuts = NO_CUTS;
  #current: RulesInForce | undefined;

  current(): RulesInForce | undefined {
    return this.#current;
  }

  /** Rejects when the text is refused, which the primary has taken. */
  rules({ text, revision, from }: HandedText): Promise<void> {
    return this.#serially(async () => {
      const reading = await readRulesApart(text, "told");
      if (reading.kind === "refused") throw new Error(`the rules are refused: ${reading.errors[0]?.message}`);
      const rules = from === "last resort" ? onlyStable(reading.rules) : reading.rules;
      const table = await inSlices(compiling(withRamps(rules, this.#positions), revision));
      this.#written = rules;
      this.#current = { table, cuts: this.#cuts };
    });
  }

  ramps(positions: RampPositions): Promise<void> {
    return this.#serially(async () => {
      this.#positions = positions;
      if (this.#written === undefined || this.#current === undefined) return;
      const table = atPositions(this.#current.table, this.#written, positions);
      this.#current = { ...this.#current, table };
    });
  }

  /** In force when it returns. */
  cuts(cuts: Cuts): void {
    this.#cuts = cuts;
    if (this.#current !== undefined) this.#current = { ...this.#current, cuts };
  }
}
