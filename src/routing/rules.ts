import type { AutoCut } from "./auto-cut.ts";

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
  /** Types that the document declares without a rule that names them. */
  readonly types: readonly string[];
  /** How a token is verified; undefined: no source is a claim. */
  readonly jwt: JwtSettings | undefined;
}

/** Where a value of a request comes from. */
export type Source =
  /** `name` is lower-case. */
  | { readonly from: "header"; readonly name: string }
  /** A claim of the verified bearer token. */
  | { readonly from: "jwt"; readonly claim: string }
  /** Whose API key or opaque bearer token it is: the customer, for a type that customer's type. */
  | { readonly from: "apiKey" }
  /** The customer's type in the directory; only a type comes from it. */
  | { readonly from: "directory" }
  /** A field of the JSON body; `path` is a JSON pointer (RFC 6901) with its steps unescaped, never empty, one char per byte. */
  | { readonly from: "body"; readonly path: readonly string[] }
  /** The customer's id; only a sticky key comes from it. */
  | { readonly from: "customer" }
  /** What a model's API calls the conversation or its prompt cache; only a sticky key comes from it. */
  | { readonly from: "session" };

export type JwtAlgorithm = "HS256" | "RS256" | "ES256";

/** A token counts when one of the keys has signed it with one of the algorithms, and nothing in it has run out. */
export interface JwtSettings {
  /** Never empty; only HS256 with a secret, never HS256 with published keys. */
  readonly algorithms: readonly JwtAlgorithm[];
  readonly keys: /** The name of the environment variable that holds the shared secret; the document never has the secret itself. */
    | { readonly from: "secret"; readonly env: string }
    /** A JWK set: an `https:` or `http:` URL, or else the path of a file. */
    | { readonly from: "jwks"; readonly at: string };
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

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
  /** `x-canary: always|never` is obeyed where all of these hold; none: always; false: never. */
  readonly override: false | readonly Condition[];
  /** What is hashed before the sticky key; the route's name unless the document says otherwise. */
  readonly salt: string;
  /** How large the body of a request may be, in bytes; undefined: as large as it likes. */
  readonly maxBody?: number | undefined;
  readonly fallback?: Fallback | undefined;
  /** When the guard cuts a candidate; undefined: as `AUTO_CUT` says. */
  readonly autoCut?: AutoCut | undefined;
  /** Versions that never answer anybody. */
  readonly sandbox?: readonly Version[] | undefined;
  /** What gets copies of its requests, where a rule does not say otherwise. */
  readonly shadow?: Shadow | undefined;
  /** What is kept of its requests for those who make the next version; undefined: nothing. */
  readonly capture?: Capture | undefined;
  /** How a shadow's answers are held against those that clients got; undefined: only what became of the requests is. */
  readonly compare?: Comparison | undefined;
}

/** What is kept of a route's requests, where the router is told to keep any. */
export interface Capture {
  /** 0–10000, in steps of 0.01 %. */
  readonly points: number;
  /** What is kept besides facts, decision and outcome. */
  readonly fields: readonly CaptureField[];
  /** Bytes; of a larger body nothing is kept. */
  readonly limit: number;
  readonly redact: {
    /** JSON pointers with their steps unescaped, never empty, `*` for any one. */
    readonly pointers: readonly (readonly string[])[];
    readonly detect: readonly CaptureDetector[];
  };
}

/** What is looked for in texts: see `inference/redact-text.ts`. */
type CaptureDetector = "email" | "card" | "phone" | "key";

/** `customer`: the customer's id; `request` and `answer`: the bodies. */
export type CaptureField = "customer" | "request" | "answer";

/** Copies of requests to a version of the sandbox, or a candidate, whose answers nobody waits for. */
export interface Shadow {
  readonly version: string;
  /** 0–10000, in steps of 0.01 %. */
  readonly points: number;
  /** Whether copies carry the client's keys, tokens and cookies. */
  readonly keepsCredentials: boolean;
  /** Whether a copy is given up when its client leaves. */
  readonly withClient: boolean;
}

/** How two answers to one request are compared. */
export interface Comparison {
  readonly how: ComparisonHow;
  /** The guard cuts a version that surely agrees less often than this, 0 to 1; undefined: it does not look. */
  readonly least: number | undefined;
  /** How many of the last disagreements are kept for operators to look at, on each replica; 0: none. */
  readonly keep: number;
}

export type ComparisonHow =
  /** The same JSON but for `ignore` (JSON pointers with their steps unescaped, `*` for any one) and numbers that are near. */
  | { readonly as: "json"; readonly tolerance: number; readonly ignore: readonly (readonly string[])[] }
  /** What was generated, as text, that is alike to this part at least: 0 to 1. */
  | { readonly as: "text"; readonly similarity: number }
  /** Outputs of the Open Inference Protocol v2, whose numbers are near. */
  | { readonly as: "tensors"; readonly tolerance: number }
  /** `predictions`: the same labels, or numbers that are near. */
  | { readonly as: "labels"; readonly tolerance: number }
  /** A server of one's own that is asked. */
  | { readonly as: "hook"; readonly url: string };

/** `derived`: from what the request looks like; a header that is absent falls back to that too. */
export type ModalitySource =
  | { readonly from: "derived" }
  | { readonly from: "fixed"; readonly modality: string }
  | { readonly from: "header"; readonly name: string };

/**
 * When stable is asked for what a candidate has failed to answer: never, when no answer has begun, or also when the answer
 * is a 5xx. undefined on a route: when no answer has begun and asking twice is known to do no harm.
 */
export type Fallback = "never" | "failures" | "5xx";

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
  /** The name that it serves the model under, to be put in the place of the one that the request names. */
  readonly model?: string | undefined;
  readonly path?: PathRewrite | undefined;
  /** Request headers that it gets besides, or instead of, the client's. */
  readonly headers?: readonly ExtraHeader[] | undefined;
  readonly tls?: TlsSettings | undefined;
  /** The path at which its endpoints say whether they are well; undefined: nobody asks them. */
  readonly health?: string | undefined;
}

/**
 * A request whose path is `prefix`, or begins with `prefix` and a slash, is sent with `to` in its place. Both begin with a
 * slash and do not end with one; for the root they are empty.
 */
export interface PathRewrite {
  readonly prefix: string;
  readonly to: string;
}

export interface ExtraHeader {
  /** Lower-case. */
  readonly name: string;
  /** One after the other; never empty. Visible ASCII, spaces and tabs. */
  readonly value: readonly HeaderPart[];
}

/** `env`: the value of an environment variable. Only its name is in the rules, so that nobody who reads them learns it. */
export type HeaderPart =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "env"; readonly env: string };

/** For `https:` endpoints. */
export interface TlsSettings {
  /** The path of a PEM file with the authorities to believe; undefined: those of the system. */
  readonly ca: string | undefined;
  /** The name to ask for and to find in the certificate; undefined: the endpoint's host. */
  readonly servername: string | undefined;
}

/** A named condition and the share each candidate gets when it holds. */
export interface Rule {
  readonly name: string;
  /** All must hold; empty: always. */
  readonly when: readonly Condition[];
  /** When it holds; undefined: at any time. */
  readonly between?: Window | undefined;
  /** Candidates that are not listed get nothing. Of a ramp: the share that it gives now, as a document says it at first. */
  readonly shares: readonly Share[];
  /** In the place of the route's. */
  readonly shadow?: Shadow | undefined;
  /** The plan by which the share of the route's only candidate rises. Never empty. */
  readonly ramp?: readonly RampStep[] | undefined;
}

/** It goes on to the next step when its time is over and what it waits for has come. The last one stays. */
export interface RampStep {
  /** 0–10000, in steps of 0.01 %; more than in the step before. */
  readonly points: number;
  /** Milliseconds. */
  readonly for?: number | undefined;
  /** The guard's verdict, or somebody's word. */
  readonly until?: "good" | "approved" | undefined;
}

/** From `from` up to, not with, `until`: milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly until: number;
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

/** The values of `stream` and `stateful` are `true` and `false`. */
export type SimpleFact = "customerType" | "customer" | "modality" | "model" | "method" | "path" | "stream" | "stateful";

/** A check that the document carries with itself. */
export interface RuleTest {
  readonly route: string;
  readonly given: GivenRequest;
  /** `stable`, `candidate`, or a version of the route. */
  readonly expect: string;
  /** The rule that decides, `none` for none; undefined: any. */
  readonly rule: string | undefined;
}

/** What a test says of a request; what it leaves out is not known, or as most requests of the route are. */
export interface GivenRequest {
  readonly path?: string | undefined;
  readonly method?: string | undefined;
  /** By their names in lower case; without a prototype. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model?: string | undefined;
  readonly modality?: string | undefined;
  readonly customer?: string | undefined;
  readonly customerType?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly stateful?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly at?: number | undefined;
  /** The sticky key, in the place of what `stickyBy` names. */
  readonly key?: string | undefined;
  /** 0–9999, in the place of any key. */
  readonly bucket?: number | undefined;
}
