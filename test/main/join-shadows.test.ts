import { describe, expect, it, onTestFinished } from "vitest";
import { joinGuard } from "../../src/main/join-guard.ts";
import { joinShadows, worse } from "../../src/main/join-shadows.ts";
import { ShadowNumbers } from "../../src/metrics/shadow-cells.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { type CutOrder, followCuts } from "../../src/store/live-cuts.ts";
import { memoryNumbers } from "../../src/store/shared-numbers.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";

const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    sandbox: [{ version: v9, endpoints: ["http://127.0.0.1:2"] }]
    shadow: { version: v9, share: 100% }
    compare: { as: json, least: 90%, keep: 2 }
`;
async function joined(text = RULES) {
  const read = readRules(text);
  if (read.kind !== "rules") throw new Error(JSON.stringify(read));
  const table = compile(read.rules, 1);
  const log = memoryLog();
  const cuts = followCuts({ store: memoryCuts(memoryJournal()), log, onChange: () => {} });
  onTestFinished(() => cuts.stop());
  await cuts.started;
  const orders: CutOrder[] = [];
  const guard = joinGuard({
    live: { current: () => ({ table, cuts: NO_CUTS, text, revision: 1, from: "store" }) },
    cuts: {
      records: cuts.records,
      cut(order, inFlight) {
        orders.push(order);
        return cuts.cut(order, inFlight);
      },
    },
    board: memoryNumbers(),
    replica: "this one",
    log,
    everyMs: 5,
  });
  onTestFinished(() => guard.stop());
  const routes = () => table.routes.map(({ route }) => route);
  const shadows = joinShadows({ numbers: new ShadowNumbers(), routes, guard });
  const decision = table.routes[0]?.noRule;
  const plan = decision?.shadow;
  if (decision === undefined || plan === undefined) throw new Error("there is a shadow");
  const labels = { customerType: "standard", modality: "text", caller: undefined };
  let requests = 0;
  /** A pair of which the shadow's failed. */
  const disagree = (): void => {
    const about = { plan, decision, labels, requestId: `r${++requests}`, path: "/v1/chat/completions" };
    const numbers = {
      result: "other_outcome",
      similarity: 0,
      durationRatio: undefined,
      tokensRatio: undefined,
    } as const;
    const difference = { where: "outcome", primary: "status 200", shadow: "status 500, http_5xx" };
    shadows.told.onCompared({ ...about, numbers, difference });
  };
  const untilCut = (): number => {
    const before = orders.length;
    for (let i = 1; i <= 200; i++) {
      disagree();
      if (orders.length > before) return i;
    }
    return Number.POSITIVE_INFINITY;
  };
  return { guard, shadows, cuts, orders, disagree, untilCut, route: decision.route };
}

describe("what becomes of pairs of answers", () => {
  it("is a cut by the guard where they surely disagree too often, one for all replicas", async () => {
    const { orders, disagree, untilCut } = await joined();
    expect(untilCut()).toBeLessThan(30);
    for (let i = 0; i < 100; i++) disagree();
    expect(orders).toEqual([{ route: "chat", version: "v9", by: "guard", why: expect.stringContaining("0 % of") }]);
  });

  it("begins anew with what a person has restored", async () => {
    const { cuts, orders, untilCut, guard, route } = await joined();
    untilCut();
    await until("the cut is kept", () => cuts.records().some(({ epoch }) => epoch > 0));
    await cuts.restore({ route: "chat", version: "v9", by: "test", why: "it is well again" });
    await until("it begins anew", () => guard.agreement(route, "v9")?.pairs === 0);
    expect(untilCut()).toBeGreaterThan(5);
    expect(orders).toHaveLength(2);
    expect(guard.agreement(route, "v9")?.verdict).toBe("bad");
  });

  it("is only told where the route says to watch", async () => {
    const { orders, untilCut } = await joined(`${RULES}    autoCut: { observeOnly: true }\n`);
    expect(untilCut()).toBe(Number.POSITIVE_INFINITY);
    expect(orders).toEqual([]);
  });

  it("is counted, and the last disagreements are kept", async () => {
    const { shadows, disagree } = await joined();
    for (let i = 0; i < 3; i++) disagree();
    expect(shadows.standings()).toMatchObject([{ route: "chat", version: "v9", compared: 3, agreed: 0 }]);
    expect(shadows.disagreements("chat")).toMatchObject([
      { requestId: "r3", where: "outcome", primary: "status 200", shadow: "status 500, http_5xx", answeredBy: "v1" },
      { requestId: "r2" },
    ]);
  });
});

it("of two verdicts the one that holds a ramp back more counts", () => {
  expect(worse("good", "bad")).toBe("bad");
  expect(worse("not enough data", "good")).toBe("not enough data");
  expect(worse(undefined, "good")).toBe("good");
  expect(worse(undefined, undefined)).toBeUndefined();
});
