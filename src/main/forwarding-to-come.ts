import type { CutTarget } from "../routing/cuts.ts";
import type { Version } from "../routing/rules.ts";
import type { Forwarding } from "./forwarding.ts";

type Begun = Omit<Forwarding, "port" | "drain">;

/** Whoever forwards begins last. Until then nothing is in hand, and what has changed is in force as soon as it is here. */
export class ForwardingToCome implements Begun {
  #begun: Begun;

  /** @param wanted how many processes will forward. */
  constructor(wanted: number) {
    this.#begun = {
      state: () => ({ wanted, forwarding: 0, ended: 0 }),
      renew: (done) => done(0),
      abort: () => undefined,
      leftOut: () => [],
      counts: () => ({}),
      seen: async () => [],
      caughtUp: async () => undefined,
      processes: async () => [],
    };
  }

  /** It has begun. */
  begin(forwarding: Begun): void {
    this.#begun = forwarding;
  }

  readonly state = () => this.#begun.state();
  readonly renew = (done: (ms: number) => void) => this.#begun.renew(done);
  readonly abort = (target: CutTarget) => this.#begun.abort(target);
  readonly leftOut = (version: Version) => this.#begun.leftOut(version);
  readonly counts = () => this.#begun.counts();
  readonly seen = () => this.#begun.seen();
  readonly caughtUp = () => this.#begun.caughtUp();
  readonly processes = () => this.#begun.processes();
}
