import type { Express } from "express";
import request, { type Test } from "supertest";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Oidc } from "../../src/admin/access/oidc.ts";
import { sealOf } from "../../src/admin/access/seal.ts";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import type { ApprovalsStore, Found, WithText } from "../../src/store/approvals.ts";
import { fileApprovals } from "../../src/store/approvals-file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";
import { accessWith, digestOf, RULES, setUp } from "./kit.ts";

/** What these tests read of the served document. */
const Document = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(
    z.string(),
    z.partialRecord(
      z.enum(["get", "put", "post", "patch", "delete"]),
      z.object({
        "x-needs-role": z.string(),
        requestBody: z.object({ content: z.record(z.string(), z.unknown()) }).optional(),
        responses: z.record(
          z.string(),
          z.object({ content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })) }),
        ),
      }),
    ),
  ),
});

const tokens = tokenBook("root", [{ name: "looker", role: "viewer", sha256: digestOf("looker") }]);
type Ask = (app: Express) => Test;
const root = (test: Test) => test.set("authorization", "Bearer root");
const put = (ifMatch: string | undefined, text: string): Ask => {
  return (app) => {
    const asked = root(request(app).put("/api/rules")).type("text/yaml");
    return (ifMatch === undefined ? asked : asked.set("if-match", ifMatch)).send(text);
  };
};
const post =
  (path: string, body: string | object, headers: Record<string, string> = {}): Ask =>
  (app) =>
    root(request(app).post(path)).set(headers).send(body);
const get =
  (path: string): Ask =>
  (app) =>
    root(request(app).get(path));
const patch =
  (path: string, body: object): Ask =>
  (app) =>
    root(request(app).patch(path)).send(body);

const RAMP = "/api/routes/chat/rules/rising/ramp";
const RISING = RULES.replace(
  "      - name: everyone else",
  "      - { name: rising, when: { method: GET }, ramp: [{ to: 1%, until: approved }, { to: 5% }] }\n$&",
);
/** A browser that comes back from the provider with this code. */
const begun =
  (code: string): Ask =>
  (app) =>
    request(app).get(`/api/session/oidc/callback?code=${code}`).set("cookie", `canary-login=${kept}`);
const login = { state: "s", nonce: "n", verifier: "v", at: Date.now() };
const kept = await sealOf("s3cret").close("login", login);
const oidc: Oidc = {
  begin: async () => ({ kind: "begun", url: "https://provider.example", begun: login }),
  async finish(query) {
    if (query.get("code") === "wrong") return { kind: "refused", why: "it is wrong" };
    return { kind: "person", person: { issuer: "https://provider.example", name: "ann", groups: [] } };
  },
  roleOf: () => "viewer",
};
const access = accessWith(tokens, Date.now, "s3cret", oidc);

const SHARE = "/api/routes/chat/rules/everyone%20else";

const waiting = (id: string, by: string, base: number, text: string): WithText => ({
  id,
  by,
  message: "more",
  raises: ["chat / everyone else: v2 from 5% to 10%"],
  does: { kind: "edit", base },
  at: 0,
  expires: 1,
  text,
});
/** Made of the rules in force, which here are of revision 3. */
const some = [
  waiting("own", "Admin", 3, RULES),
  waiting("an-edit", "ann", 3, RULES),
  waiting("stale", "ann", 1, RULES),
  waiting("nonsense", "ann", 3, "nonsense"),
];
const found = async (id: string): Promise<Found> => {
  const one = some.find((other) => other.id === id);
  return one === undefined ? { kind: "unknown" } : { kind: "found", waiting: one };
};
const someWaiting: ApprovalsStore = {
  ...fileApprovals(undefined, memoryLog()),
  all: async () => ({ kind: "all", waiting: some }),
  find: found,
  take: found,
};

/**
 * For each operation, requests that end in the statuses which are its own. `away`: while the store cannot be reached;
 * `empty`: while it has no rules; `open`: where there are no tokens; `held`: where it takes a second person.
 */
const REQUESTS: Record<string, { asks: Ask[]; away?: Ask[]; empty?: Ask[]; open?: Ask[]; held?: Ask[] }> = {
  "get /api/session": { asks: [get("/api/session")] },
  "post /api/session": {
    asks: [post("/api/session", { token: "looker" }), post("/api/session", { token: "wrong" })],
    open: [post("/api/session", { token: "looker" })],
  },
  "delete /api/session": { asks: [(app) => request(app).delete("/api/session")] },
  "get /api/session/oidc": {
    asks: [get("/api/session/oidc")],
    away: [get("/api/session/oidc")],
    open: [get("/api/session/oidc")],
  },
  "get /api/session/oidc/callback": {
    asks: [get("/api/session/oidc/callback?state=s"), begun("right"), begun("wrong")],
    away: [begun("right")],
    open: [get("/api/session/oidc/callback")],
  },
  "get /api/rules": { asks: [get("/api/rules")], empty: [get("/api/rules")] },
  "put /api/rules": {
    asks: [put("*", RULES), put('"7"', RULES), put("*", "nonsense"), put(undefined, RULES), put("x", RULES)],
    away: [put("*", RULES)],
    held: [put("*", RULES.replace("5%", "6%"))],
  },
  "post /api/rules/check": { asks: [post("/api/rules/check", RULES), post("/api/rules/check", "nonsense")] },
  "post /api/rules/differences": {
    asks: [
      post("/api/rules/differences", RULES),
      post("/api/rules/differences", "nonsense"),
      post("/api/rules/differences?since=99", RULES),
    ],
    away: [post("/api/rules/differences?since=2", RULES)],
  },
  "post /api/routes/{route}/rules/{rule}/ramp": {
    asks: [
      post(RAMP, { order: "pause" }),
      post(RAMP, { order: "pause" }), // which it is
      post(RAMP, { order: "approve" }), // of one's own
      post("/api/routes/chat/rules/none/ramp", { order: "pause" }),
    ],
    away: [post(RAMP, { order: "pause" })],
  },
  "get /api/history": { asks: [get("/api/history")], away: [get("/api/history")] },
  "get /api/rules/history": { asks: [get("/api/rules/history")], away: [get("/api/rules/history")] },
  "get /api/rules/history/{revision}": {
    asks: [get("/api/rules/history/1"), get("/api/rules/history/99")],
    away: [get("/api/rules/history/1")],
  },
  "post /api/rules/revert": {
    asks: [
      post("/api/rules/revert", { revision: 1 }),
      post("/api/rules/revert", { revision: 99 }),
      post("/api/rules/revert", { revision: 2 }), // which is nonsense, written past the check
      post("/api/rules/revert", { revision: 1 }, { "if-match": '"1"' }),
    ],
    away: [post("/api/rules/revert", { revision: 1 })],
    held: [post("/api/rules/revert", { revision: 1 })],
  },
  "patch /api/routes/{route}/rules/{rule}": {
    asks: [
      patch(SHARE, { candidate: "10%" }),
      patch(SHARE, { candidate: "10" }),
      patch("/api/routes/none/rules/x", { candidate: "10%" }),
    ],
    away: [patch(SHARE, { candidate: "10%" })],
    held: [patch(SHARE, { candidate: "10%" })],
  },
  "get /api/approvals": { asks: [get("/api/approvals")], away: [get("/api/approvals")] },
  "get /api/approvals/{id}": {
    asks: [get("/api/approvals/an-edit"), get("/api/approvals/none")],
    away: [get("/api/approvals/an-edit")],
  },
  "post /api/approvals/{id}/approve": {
    asks: [
      post("/api/approvals/own/approve", ""),
      post("/api/approvals/an-edit/approve", ""),
      post("/api/approvals/stale/approve", ""),
      post("/api/approvals/nonsense/approve", ""),
      post("/api/approvals/none/approve", ""),
    ],
    away: [post("/api/approvals/an-edit/approve", "")],
  },
  "post /api/approvals/{id}/decline": {
    asks: [
      post("/api/approvals/an-edit/decline", { why: "too early" }),
      post("/api/approvals/an-edit/decline", {}),
      post("/api/approvals/none/decline", { why: "too early" }),
    ],
    away: [post("/api/approvals/an-edit/decline", { why: "too early" })],
  },
  "get /api/routes": { asks: [get("/api/routes")], empty: [get("/api/routes")] },
  "get /api/replicas": { asks: [get("/api/replicas")], away: [get("/api/replicas")] },
  "get /api/routes/{route}/disagreements": {
    asks: [get("/api/routes/chat/disagreements"), get("/api/routes/none/disagreements")],
  },
  "get /api/recent": { asks: [get("/api/recent")] },
  "post /api/preview": {
    asks: [post("/api/preview", RULES), post("/api/preview", "nonsense")],
    empty: [post("/api/preview", RULES)],
  },
  "post /api/feedback": {
    asks: [
      post("/api/feedback", { requestId: "a", good: true }),
      post("/api/feedback", { feedback: [{ requestId: "a", score: 0.2 }] }),
      post("/api/feedback", { requestId: "a" }),
    ],
  },
  "get /api/cuts": { asks: [get("/api/cuts")] },
  "post /api/routes/{route}/cut": {
    asks: [post("/api/routes/chat/cut", { why: "slow" }), post("/api/routes/none/cut", {})],
  },
  "post /api/cut-all": { asks: [post("/api/cut-all", {})] },
  "post /api/routes/{route}/restore": {
    asks: [
      post("/api/routes/chat/restore", { why: "fixed" }),
      post("/api/routes/chat/restore", { why: "fixed" }), // which is done
    ],
    away: [post("/api/routes/chat/restore", { version: "v2", why: "fixed" })],
    held: [post("/api/routes/chat/restore", { version: "v2", why: "fixed" })],
  },
  "post /api/explain": {
    asks: [
      post("/api/explain", { path: "/v1/chat/completions", body: { model: "m" } }),
      post("/api/explain", { path: "/nowhere" }),
    ],
    empty: [post("/api/explain", { path: "/" })],
  },
  "get /api/events": { asks: [get("/api/events")], away: [get("/api/events")] },
  "get /api/openapi.json": { asks: [get("/api/openapi.json")] },
};
/** Statuses that take a race, which tests of their own provoke. */
const RACES = ["patch /api/routes/{route}/rules/{rule} 412"];

async function served() {
  const { app } = await setUp({ tokens });
  return Document.parse((await get("/api/openapi.json")(app).expect(200)).body);
}

describe("the served description of the API", () => {
  it("has every route that the app answers below /api, and no other", async () => {
    const { app } = await setUp({ tokens });
    const Layers = z.array(
      z.object({ route: z.object({ path: z.coerce.string(), methods: z.record(z.string(), z.boolean()) }).optional() }),
    );
    const routes = Layers.parse(app.router.stack).flatMap(({ route }) => {
      const path = route?.path.replaceAll(/:(\w+)/g, "{$1}") ?? "";
      return Object.keys(route?.methods ?? {}).map((method) => `${method} ${path}`);
    });
    const { paths } = await served();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.filter((route) => route.includes(" /api/")).sort()).toEqual(described.sort());
    expect(Object.keys(REQUESTS).sort()).toEqual(described); // or they are not looked at below
  });

  it.each(Object.entries(REQUESTS))(
    "is what %s answers",
    async (name, { asks, away = [], empty = [], open = [], held = [] }) => {
      const [method, path = ""] = name.split(" ");
      const verb = z.enum(["get", "put", "post", "patch", "delete"]).parse(method);
      const about = (await served()).paths[path]?.[verb];
      if (about === undefined) throw new Error("it is not described");
      const seen = new Set(RACES.flatMap((race) => (race.startsWith(`${name} `) ? [race.slice(name.length + 1)] : [])));
      const check = async (app: Express, ask: Ask): Promise<void> => {
        const { status, body, text, type } = await ask(app);
        const content = about.responses[status]?.content[type];
        if (content === undefined)
          throw new Error(`${name} answered ${status} ${type}, which is not described: ${text}`);
        z.fromJSONSchema(content.schema).parse(type === "application/json" ? body : text);
        seen.add(`${status}`);
      };

      const { app, store, live, cuts, parts } = await setUp({ access, waiting: someWaiting });
      await cuts.cut({ route: "chat", version: "v2", by: "test", why: "" }, "finish");
      await store.write({ text: "nonsense", expected: "any", author: "test", message: "" });
      await live.edit({ text: RISING, expected: "any", author: "admin", message: "" });
      await until("the ramp has begun", () => parts.ramps.standings()[0]?.state === "running");
      await store.beat({
        id: "a",
        address: "here",
        revision: 1,
        cutEpoch: 0,
        lag: 0,
        build: "1",
        trouble: "it is old",
        workers: { wanted: 4, forwarding: 3, ended: 1, lastEnded: "2026-11-24T14:00:00.000Z" },
      });
      for (const ask of asks) await check(app, ask);

      const nowhere = memoryStore();
      const unavailable = async () => ({ kind: "unavailable" as const, why: "it is away" });
      const dead = { ...nowhere, history: unavailable, past: unavailable };
      const lost = await setUp({
        access: { ...access, oidc: { ...oidc, begin: unavailable, finish: unavailable } },
        archive: dead,
        board: { replicas: unavailable },
        events: { listen: () => false },
        cuts: { ...cuts, restore: unavailable },
        rules: { ...live, edit: unavailable },
        ramps: { standings: () => [], order: unavailable },
        waiting: { ...someWaiting, all: unavailable, find: unavailable },
      });
      for (const ask of away) await check(lost.app, ask);
      const none = await setUp({ tokens, text: "" });
      for (const ask of empty) await check(none.app, ask);
      const unguarded = await setUp();
      for (const ask of open) await check(unguarded.app, (app) => ask(app).set("host", "localhost"));

      for (const kind of held.length === 0 ? [] : (["waits", "full"] as const)) {
        const add = kind === "full" ? async () => ({ kind }) : someWaiting.add;
        const limited = await setUp({ tokens, limit: { above: 0, expires: 1_000 }, waiting: { ...someWaiting, add } });
        const lower = RULES.replace("5%", "1%");
        await limited.live.edit({ text: lower, expected: "any", author: "test", message: "" });
        await limited.cuts.cut({ route: "chat", version: "v2", by: "test", why: "" }, "finish");
        for (const ask of held) await check(limited.app, ask);
      }

      const url = path.replaceAll(/[{}]/g, "");
      const ask = (): Test => root(request(app)[verb](url));
      const stranger = (): Test => request(app)[verb](url).set("authorization", "Bearer wrong");
      await check(app, stranger);
      if (["viewer", "anyone"].includes(about["x-needs-role"]) && method === "get") {
        await check(unguarded.app, () => request(unguarded.app)[verb](url).set("host", "evil.example"));
      } else if (method === "get") {
        await check(app, () => request(app)[verb](url).set("authorization", "Bearer looker"));
      } else await check(app, () => ask().set("origin", "http://evil.example"));
      await check(app, () => ask().query({ surprise: "1" }));
      if (about.requestBody !== undefined) {
        await check(app, () =>
          ask()
            .type("text/plain")
            .send("x".repeat(4 * 1024 * 1024 + 1)),
        );
        await check(app, () => ask().set("content-encoding", "gzip").send("x"));
      }
      for (let i = 0; i < 20; i++) await stranger();
      await check(app, stranger);

      expect([...seen].sort()).toEqual(Object.keys(about.responses).sort());
    },
  );
});
