import type { Cores } from "./machine.ts";
import type { Peer } from "./peer.ts";

/** One thing to measure; its section of the document carries its name. */
export interface Workload {
  readonly name: string;
  /** Where its section is; docs/performance.md unless it says otherwise. */
  readonly document?: string;
  /** Why it cannot run here; undefined: it can. */
  missing(): string | undefined;
  /** Gives its section in Markdown. Rejects when what is measured does not work right. */
  run(plan: Plan): Promise<string>;
}

export interface Plan {
  readonly peers: readonly Peer[];
  /** How long one measurement takes. */
  readonly seconds: number;
  readonly rounds: number;
  readonly cores: Cores;
  /** Tells the person who waits. */
  say(line: string): void;
}
