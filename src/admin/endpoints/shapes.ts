import { z } from "zod";
import { ROLES } from "../../config/roles.ts";
import { UNREAD } from "../../routing/facts.ts";

/** What stands in several answers of the API. The CLI reads answers by the same schemas. */

/** A rules document as a body. */
export const YAML = { type: "text/yaml", schema: z.string() } as const;

export const Revision = z.int().nonnegative();

const Mistake = z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() });

export const Mistakes = z.object({ errors: z.array(Mistake) });

/** The current rules, for whoever edited older ones. */
export const Current = z.object({ revision: Revision, text: z.string() });

export const Failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Who edited the rules, when and why. */
export const Edited = z.object({
  revision: Revision,
  author: z.string(),
  approver: z.string().optional().describe("The second person, where it took one."),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  message: z.string(),
});

/** Edits of the rules, cuts and whatever else was decided, in one line. */
export const Timeline = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      author: z.string(),
      approver: z.string().optional().describe("The second person, where it took one."),
      /** `edit`, `cut`, `restored`, … */
      what: z.string(),
      /** Of an edit. */
      revision: Revision.optional(),
      /** Of everything else. */
      route: z.string().optional(),
      version: z.string().optional(),
      rule: z.string().optional(),
      modality: z.string().optional(),
      message: z.string(),
    }),
  ),
});
export type Timeline = z.output<typeof Timeline>;
/** Who asks, and how a browser can log in. */
export const Session = z.object({
  /** Absent: nobody that is known. */
  who: z
    .object({
      name: z.string(),
      role: z.enum(ROLES),
      /** `local`: there are no tokens, and it is somebody on this machine. */
      by: z.enum(["local", "token", "session"]),
      /** When the session ends, unless a request comes before; ISO 8601, UTC. */
      until: z.iso.datetime().optional(),
    })
    .optional(),
  login: z.object({
    /** Whether `POST /api/session` takes a token. */
    token: z.boolean(),
    /** Where a browser begins to log in at the identity provider; absent: there is none. */
    oidc: z.string().optional(),
  }),
  approvals: z
    .object({
      above: z.number().describe("The percentage above which a share waits for a second person."),
      mayApprove: z.array(z.string()).describe("The ids of what waits that whoever asks may approve."),
    })
    .optional()
    .describe("Absent: nothing waits for anybody, it is not known who asks, or the store cannot be read."),
});

export const History = z.object({ entries: z.array(Edited) });
export const PastRules = Edited.extend({ text: z.string() });
/** Not refused, but somebody should know. */
const warnings = z.array(Mistake).default([]).describe("What is no reason to refuse the rules.");

export const Written = z.object({ revision: Revision, warnings });
export const Checked = z.object({ errors: z.array(z.never()), warnings, routes: z.array(z.string()) });

/** Of what a cut is, where it is not of a whole version. */
const Slice = { rule: z.string().optional(), modality: z.string().optional() };

/** What waits for a second person. */
export const Approval = z.object({
  id: z.string(),
  kind: z.enum(["edit", "restore"]),
  by: z.string().describe("Who has asked for it: somebody else has to approve it."),
  message: z.string().describe("Why."),
  at: z.iso.datetime(),
  expires: z.iso.datetime().describe("From then on it has to be asked for again."),
  raises: z.array(z.string()).describe("What it gives beyond the limit, a sentence for each."),
  needs: z.enum(ROLES).describe("The least role that may approve it."),
  base: Revision.optional().describe(
    "Of an edit: the revision that it was made of, the only one that it can be applied to.",
  ),
  route: z.string().optional().describe("Of a restoration, as all that follows."),
  version: z.string().optional(),
  ...Slice,
});
export type Approval = z.output<typeof Approval>;

/** The answer to what was not done because it waits. */
export const Held = z.object({ approval: Approval, message: z.string() });

const OneOfApprovals = Approval.extend({
  outdated: z.boolean().describe("The rules have been changed since: it cannot be approved any more."),
  mayApprove: z.boolean().describe("Whether whoever asks may."),
  mayDecline: z.boolean(),
});
export const Approvals = z.object({
  above: z.number().optional().describe("The percentage above which something waits; absent: nothing does."),
  approvals: z.array(OneOfApprovals),
});
export const ApprovalWithText = OneOfApprovals.extend({
  text: z.string().optional().describe("Of an edit: the rules as they would be."),
});
export const Approved = z.object({
  approval: Approval,
  revision: Revision.optional().describe("Of an edit: the new one."),
  warnings,
});

export const Replicas = z.object({
  revision: Revision,
  current: z.int(),
  summary: z.string(),
  replicas: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      revision: Revision,
      cutEpoch: z.int(),
      lag: z.number(),
      build: z.string(),
      heard: z.number(),
      state: z.enum(["current", "behind", "silent"]),
      why: z.string().optional(),
    }),
  ),
});

/** Where a decision about cuts is in force. */
export const CutSpread = z.object({
  versions: z.array(z.object({ route: z.string(), version: z.string(), ...Slice })),
  /** False: a restart of this replica would lose it, or the store has not got it yet. */
  stored: z.boolean(),
  /** The ids of replicas. */
  applied: z.array(z.string()),
  missing: z.array(z.object({ id: z.string(), why: z.string() })),
  /** From the request to the last acknowledgement. */
  ms: z.number(),
  summary: z.string(),
});

/** The last decision about each version, or slice of one. */
export const CutsNow = z.object({
  epoch: z.int(),
  /** How they could be lost; absent: it is not known that they could. */
  fleeting: z.string().optional(),
  cuts: z.array(
    z.object({
      route: z.string(),
      version: z.string(),
      ...Slice,
      state: z.enum(["cut", "restored"]),
      by: z.string(),
      why: z.string(),
      at: z.iso.datetime(),
      /** False: the store has not got it yet. */
      stored: z.boolean(),
    }),
  ),
});

/** A share that rises by itself. */
export const Ramp = z.object({
  steps: z.array(
    z.object({
      percent: z.number(),
      /** Milliseconds. */
      for: z.number().optional(),
      until: z.enum(["good", "approved"]).optional(),
    }),
  ),
  /** The present one, from 1. */
  step: z.int(),
  percent: z.number(),
  state: z.enum(["not started", "running", "paused", "aborted", "finished"]),
  /** Who brought it there, why, and when. */
  by: z.string().optional(),
  why: z.string().optional(),
  at: z.iso.datetime().optional(),
  /** Absent: it stays. */
  next: z
    .object({
      percent: z.number(),
      /** Milliseconds until the time of the present step has run. */
      in: z.number(),
      /** In words; empty: it is about to come. */
      waitsFor: z.array(z.string()),
    })
    .optional(),
});
export type Ramp = z.output<typeof Ramp>;
const VerdictWord = z.enum(["good", "bad", "not enough data"]);
const Counted = z.object({ requests: z.number(), events: z.number().describe("Those that failed, were slow, …") });

const GuardVerdict = z.object({
  verdict: VerdictWord,
  /** Why, with figures, and what a verdict would take. */
  sentence: z.string(),
  /** Stable has too much of something as well. */
  bothBad: z.boolean(),
  observeOnly: z.boolean(),
  /** What was found bad: a slice, or all of it. */
  findings: z.array(z.object({ ...Slice, why: z.string() })),
  signals: z.array(
    z.object({
      signal: z.string(),
      verdict: VerdictWord,
      sentence: z.string(),
      candidate: Counted,
      stable: Counted,
      eValue: z.number().describe("The evidence that the candidate is worse than is tolerated."),
      needed: z.number().describe("How much of it is a verdict."),
      ratio: z
        .object({ low: z.number(), high: z.number().optional() })
        .describe("Between how many times stable's odds the candidate's surely lie."),
      bothBad: z.boolean(),
      oneCallers: z.boolean().describe("Nearly all of it happened to one caller."),
      needs: z.number().optional().describe("About how many more of the candidate's requests a verdict takes."),
    }),
  ),
});

const ShadowShare = z.object({ version: z.string(), percent: z.number() });

export const Routes = z.object({
  revision: Revision,
  /** Where the rules in force were taken from. */
  from: z.enum(["store", "snapshot", "last resort", "nowhere"]),
  routes: z.array(
    z.object({
      name: z.string(),
      versions: z.array(
        z.object({
          version: z.string(),
          track: z.enum(["stable", "candidate"]),
          /** All of it. */
          cut: z.boolean(),
          /** What of it is cut besides. */
          cutSlices: z.array(z.object(Slice)),
          endpoints: z.array(z.string()),
          /** Those that get nothing at the moment from this replica, for their failures. */
          leftOut: z.array(z.string()),
          requests: z.int(),
          failures: z.int(),
          inFlight: z.int(),
          /** Of candidates: what the guard thinks. */
          verdict: GuardVerdict.optional(),
        }),
      ),
      /** Versions that answer nobody. */
      sandbox: z.array(
        z.object({
          version: z.string(),
          endpoints: z.array(z.string()),
          cut: z.boolean(),
          cutSlices: z.array(z.object(Slice)),
        }),
      ),
      /** What gets copies, where a rule does not say otherwise. */
      shadow: ShadowShare.optional(),
      /** What became of copies on this replica since its start. */
      shadows: z.array(
        z.object({
          version: z.string(),
          requests: z.int().describe("Copies that it has answered or failed."),
          failures: z.int(),
          dropped: z.int().describe("Requests of its share that were not sent, or given up."),
          inFlight: z.int(),
          compared: z.int().describe("Pairs of answers."),
          agreed: z.int(),
          agreement: z
            .object({
              verdict: z.enum(["good", "bad", "not enough data"]),
              pairs: z.int(),
              agreed: z.int(),
              sentence: z.string(),
            })
            .optional()
            .describe("What the guard thinks of it, where the route says how often it has to agree."),
        }),
      ),
      rules: z.array(
        z.object({
          name: z.string(),
          /** In the place of the route's. */
          shadow: ShadowShare.optional(),
          /** Those of now. */
          shares: z.array(z.object({ version: z.string(), percent: z.number() })),
          ramp: Ramp.optional(),
        }),
      ),
    }),
  ),
});

const Milliseconds = z.number().nullable();

/** The last minutes of every version. */
export const Recent = z.object({
  /** Milliseconds from one point to the next. */
  every: z.int(),
  versions: z.array(
    z.object({
      route: z.string(),
      version: z.string(),
      track: z.enum(["stable", "candidate"]),
      /** The oldest first. */
      points: z.array(
        z.object({
          requests: z.number(),
          failures: z.number(),
          wanted: z.number().describe("How many the rules would have given it, on average, of what was asked."),
          p50: Milliseconds.describe("Estimates of the last half minute, in ms; null: there were no requests."),
          p95: Milliseconds,
          firstByte50: Milliseconds,
          firstToken50: Milliseconds.describe("Of answers that came as a stream of tokens."),
        }),
      ),
    }),
  ),
});

const Miss = z.object({
  fact: z.string(),
  wanted: z.array(z.string()),
  found: z.string().optional(),
  present: z.boolean(),
});

export const Explained = z.object({
  revision: Revision,
  /** Absent: no route matches. */
  decision: z
    .object({
      route: z.string(),
      rule: z.string(),
      version: z.string(),
      track: z.enum(["stable", "candidate"]),
      reason: z.string(),
    })
    .optional(),
  entries: z.array(z.object({ route: z.string(), entry: z.int(), misses: z.array(Miss) })),
  override: z.enum(["always", "never"]).optional(),
  unread: z.enum(UNREAD).optional().describe("Why rules do not know all that the body says."),
  rules: z.array(z.object({ rule: z.string(), misses: z.array(Miss) })),
  bucket: z
    .object({
      bucket: z.int(),
      source: z.string().optional(),
      absent: z.array(z.string()),
      slices: z.array(z.object({ version: z.string(), from: z.int(), to: z.int(), cut: z.boolean() })),
    })
    .optional(),
  /** Of the rule that decides; `points` of 0.01 %: what it gives now. */
  ramp: z.object({ plan: z.string(), points: z.int() }).optional(),
  /** What may get a copy; `points` of 0.01 %: how many do. */
  shadow: z
    .object({
      version: z.string(),
      points: z.int(),
      cut: z.boolean(),
      copied: z.boolean().optional().describe("Absent: it is drawn."),
    })
    .optional(),
  /** What keeps the request from the candidate. */
  cuts: z.array(z.object(Slice)),
  changes: z.array(z.looseObject({ kind: z.string() })),
  /** The same in sentences. */
  words: z.array(z.string()),
});
