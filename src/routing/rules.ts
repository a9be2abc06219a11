/**
 * What a rules document says, once it has been read and found right. Plain data: `rules/` makes it from YAML,
 * `compile` turns it into a `Table`.
 */
export interface Rules {
  readonly customers: Customers;
  readonly routes: readonly Route[];
  readonly tests: readonly RuleTest[];
}

/** How the router learns who is asking: the first source that has a value wins. */
export interface Customers {
  readonly id: readonly Source[];
  readonly type: readonly Source[];
  readonly defaultType: string;
}

/** Where a value of a request comes from. */
export type Source =
  | { readonly from: "header"; readonly name: string } // lower-case
  | { readonly from: "customer" };

/** The requests for one model service: what they look like, and the versions that can answer. */
export interface Route {
  readonly name: string;
  /** Entries are OR; inside an entry everything must hold. Never empty. */
  readonly match: readonly Match[];
  readonly stable: Version;
  readonly candidates: readonly Version[];
  /** The first present is the sticky key; none: one draw per request. */
  readonly stickyBy: readonly Source[];
  readonly rules: readonly Rule[];
  /** Where the modality is known from. */
  readonly modality: ModalitySource;
  /** Whether `x-canary: always|never` is obeyed. */
  readonly override: boolean;
  /** What is hashed before the sticky key; the route's name unless the document says otherwise. */
  readonly salt: string;
}

/** `derived`: from what the request looks like; a header that is absent falls back to that too. */
export type ModalitySource =
  | { readonly from: "derived" }
  | { readonly from: "fixed"; readonly modality: string }
  | { readonly from: "header"; readonly name: string };

/** One entry of `match`. `path` is exact, or a prefix ending in `/*`. */
export interface Match {
  readonly path: string | undefined;
  readonly conditions: readonly Condition[];
}

/** One released model. */
export interface Version {
  readonly version: string;
  /** Base URLs: scheme, host, port and an optional path prefix. Never empty. */
  readonly endpoints: readonly string[];
}

/** A named condition and the share each candidate gets when it holds. */
export interface Rule {
  readonly name: string;
  /** All must hold; empty: always. */
  readonly when: readonly Condition[];
  /** Candidates that are not listed get nothing. */
  readonly shares: readonly Share[];
}

export interface Share {
  readonly version: string;
  /** 0–10000, in steps of 0.01 %. */
  readonly points: number;
}

/** The fact must be one of `values`; `*` in a value is a glob. A missing fact matches nothing, not even `*`. */
export type Condition =
  | { readonly fact: SimpleFact; readonly values: readonly string[] }
  | { readonly fact: "header"; readonly name: string; readonly values: readonly string[] };

export type SimpleFact = "customerType" | "customer" | "modality" | "method" | "path";

/** A check that the document carries with itself: what `given` is decided to be. */
export interface RuleTest {
  readonly route: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly expect: string;
}
