import { createHash } from "node:crypto";
import type { Express } from "express";
import { onTestFinished } from "vitest";
import type { Access } from "../../src/admin/access/gate.ts";
import type { Oidc } from "../../src/admin/access/oidc.ts";
import { sealOf } from "../../src/admin/access/seal.ts";
import { holders, sessions } from "../../src/admin/access/sessions.ts";
import type { TokenBook } from "../../src/admin/access/tokens.ts";
import { type AdminOptions, adminApp } from "../../src/admin/app.ts";
import { type ApprovalLimit, type FourEyes, fourEyes } from "../../src/admin/four-eyes.ts";
import { explainRequest } from "../../src/proxy/explain-request.ts";
import { NO_IDENTITIES } from "../../src/proxy/identities.ts";
import { TrustedPeers } from "../../src/proxy/trusted-peers.ts";
import { preview } from "../../src/routing/preview.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import type { ApprovalsStore } from "../../src/store/approvals.ts";
import { fileApprovals } from "../../src/store/approvals-file.ts";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { followCuts, type LiveCuts } from "../../src/store/live-cuts.ts";
import { followRamps, type LiveRamps } from "../../src/store/live-ramps.ts";
import { followRules, type LiveRules } from "../../src/store/live-rules.ts";
import { type MemoryStore, memoryStore } from "../../src/store/memory.ts";
import { memoryRamps } from "../../src/store/ramps-memory.ts";
import { type MemoryLog, memoryLog } from "../kit/memory-log.ts";

export const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules:
      - name: everyone else # as agreed on Monday
        candidate: 5%
`;

interface AdminSetup {
  readonly app: Express;
  readonly store: MemoryStore;
  readonly live: LiveRules;
  readonly cuts: LiveCuts;
  readonly log: MemoryLog;
  readonly parts: AdminOptions;
  readonly eyes: FourEyes;
}

/** The admin app over a real live table and a store in memory; `text` is revision 1. */
export async function setUp(
  options: Partial<AdminOptions> & {
    text?: string;
    tokens?: TokenBook;
    limit?: ApprovalLimit;
    waiting?: ApprovalsStore;
  } = {},
): Promise<AdminSetup> {
  const { text = RULES, tokens, limit, waiting, ...rest } = options;
  const store = memoryStore();
  let ramps: LiveRamps | undefined;
  if (text !== "") await store.write({ text, expected: 0, author: "test", message: "" });
  const log = memoryLog();
  const live = followRules({ store, read: readRules, log, onApplied: () => ramps?.look() });
  onTestFinished(() => live.stop());
  const journal = memoryJournal();
  const cuts = followCuts({ store: memoryCuts(journal), log, onChange: live.useCuts });
  onTestFinished(() => cuts.stop());
  const rising = followRamps({
    store: memoryRamps(),
    journal,
    log,
    rules() {
      const current = live.current();
      return current && { routes: current.table.routes.map(({ route }) => route), revision: current.revision };
    },
    async authorOf(revision) {
      const found = await store.past(revision);
      return found.kind === "past" ? found.entry.author : undefined;
    },
    cutOf: () => undefined,
    verdictOf: () => undefined,
    answered: () => 0,
    above: limit?.above,
    onPositions: live.useRamps,
  });
  ramps = rising;
  onTestFinished(() => rising.stop());
  await Promise.all([live.started, cuts.started, rising.started]);
  const eyes = fourEyes(limit, { rules: live, cuts, store: waiting ?? fileApprovals(undefined, log), journal });
  const parts: AdminOptions = {
    access: accessWith(tokens),
    rules: { ...live, edit: eyes.edit },
    archive: store,
    journal,
    board: store,
    cuts: { ...cuts, restore: eyes.restore },
    ramps: rising,
    approvals: eyes,
    replica: "this one",
    everywhere: async () => true,
    numbers: () => [],
    leftOut: () => [],
    recent: () => [],
    shadows: () => [],
    disagreements: () => [],
    verdicts: () => [],
    feedback: async (feedback) => ({ credited: feedback.length, passedOn: 0, repeated: 0, unknown: [] }),
    // Where the stream itself is tested, it is another one.
    events: { listen: (response) => response.type("text/event-stream").send("") === response },
    preview: async (draft, { table, cuts, revision }) =>
      preview(compile(draft, revision), table, [], { cuts, now: 0, secret: 1 }),
    explain: (request, rules) => explainRequest(request, rules, NO_IDENTITIES, () => 0, 1024 * 1024),
    version: "1.2.3",
    readiness: () => ({ ready: true }),
    metrics: { exposition: async () => "up 1\n", contentType: "text/plain; version=0.0.4; charset=utf-8" },
    metricsNeed: "anyone",
    log,
    ...rest,
  };
  return { app: adminApp(parts), store, live, cuts, log, parts, eyes };
}

/** Whoever has one of these tokens, with sessions that replicas of one secret share; undefined: the API is open. */
export function accessWith(
  tokens: TokenBook | undefined,
  now: () => number = Date.now,
  secret = "s3cret",
  oidc?: Oidc,
): Access {
  const rules = { idle: 3_600_000, lifetime: 12 * 3_600_000 };
  const seal = sealOf(secret);
  return {
    tokens,
    oidc,
    seal,
    sessions: sessions(seal, rules, holders(tokens, oidc), now),
    peers: new TrustedPeers(["127.0.0.0/8", "::1/128"]),
  };
}

/** As the settings have a token. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
