import request from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import { followCuts } from "../../src/store/live-cuts.ts";
import type { SeenReplica } from "../../src/store/replica-board.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { RULES, setUp } from "./kit.ts";

const TWO = RULES.replace(
  'candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }',
  'candidates: [{ version: v2, endpoints: ["http://127.0.0.1:2"] }, { version: v3, endpoints: ["http://127.0.0.1:3"] }]',
).replace("candidate: 5%", "split: { v2: 5%, v3: 1% }");

function replica(id: string, cutEpoch: number, heard = 100): SeenReplica {
  return { id, address: `${id}:8081`, revision: 1, cutEpoch, lag: 0, build: "1.2.3", heard };
}
const FAR = Number.MAX_SAFE_INTEGER;

describe("cut", () => {
  it("cuts the only candidate, says where, and shows it", async () => {
    const { app, live } = await setUp();
    const { body } = await request(app).post("/api/routes/chat/cut").send({ why: "too slow" }).expect(200);
    expect(body).toEqual({
      versions: [{ route: "chat", version: "v2" }],
      stored: true,
      applied: ["this one"],
      missing: [],
      ms: expect.any(Number),
      summary: expect.stringMatching(/^applied on 1 of 1 replica in \d+ ms$/),
    });
    expect(live.current()?.cuts.size).toBe(1);
    const { body: cuts } = await request(app).get("/api/cuts").expect(200);
    expect(cuts.cuts).toMatchObject([
      { route: "chat", version: "v2", state: "cut", by: "local", why: "too slow", stored: true },
    ]);
    const { body: routes } = await request(app).get("/api/routes").expect(200);
    expect(routes.routes[0].versions).toMatchObject([{ cut: false }, { version: "v2", cut: true }]);
  });

  it("waits for every living replica, and not for one that has fallen silent", async () => {
    let asked = 0;
    const board = {
      replicas: async () => {
        const acknowledged = ++asked > 3 ? FAR : 0;
        const replicas = [replica("b", FAR), replica("c", acknowledged), replica("d", 0, 12_000)];
        return { kind: "replicas", revision: 1, replicas } as const;
      },
    };
    const { app } = await setUp({ board });
    const { body } = await request(app).post("/api/routes/chat/cut").send({}).expect(200);
    expect(asked).toBe(4);
    expect(body.applied).toEqual(["b", "c", "this one"]);
    const why = "has not been heard of for 12 s: it is gone, or serves without the store at d:8081";
    expect(body.missing).toEqual([{ id: "d", why }]);
    expect(body.summary).toMatch(new RegExp(`^applied on 3 of 4 replicas in \\d+ ms; d ${why}$`));
  });

  it("names after a second who has not acknowledged", async () => {
    const replicas = [replica("b", FAR), replica("c", 0)];
    const { app } = await setUp({ board: { replicas: async () => ({ kind: "replicas", revision: 1, replicas }) } });
    const since = performance.now();
    const { body } = await request(app).post("/api/routes/chat/cut").send({}).expect(200);
    expect(performance.now() - since).toBeGreaterThan(900);
    expect(body).toMatchObject({ applied: ["b", "this one"], missing: [{ id: "c" }] });
    expect(body.summary).toMatch(/^applied on 2 of 3 replicas in 1\d{3} ms; c lives and has not acknowledged/);
  });

  it("does not count the replica that was asked before all of its workers have it", async () => {
    const board = { replicas: async () => ({ kind: "replicas" as const, revision: 1, replicas: [replica("b", FAR)] }) };
    const { app } = await setUp({ board, everywhere: async () => false });
    const { body } = await request(app).post("/api/routes/chat/cut").send({}).expect(200);
    expect(body).toMatchObject({ applied: ["b"], missing: [{ id: "this one" }] });
    expect(body.summary).toMatch(
      /^applied on 1 of 2 replicas in \d+ ms; this one has not got it into all of its workers yet$/,
    );
  });

  it("cuts here when the store cannot be reached, and says so", async () => {
    const { app, cuts } = await setUp({
      cuts: {
        epoch: () => 0,
        records: () => [],
        fleeting: () => undefined,
        restore: async () => ({ kind: "unavailable", why: "it is gone" }),
        cut: async () => ({ kind: "kept here", why: "it is gone" }),
      },
    });
    const { body } = await request(app).post("/api/routes/chat/cut").send({}).expect(200);
    expect(body).toMatchObject({ stored: false, applied: ["this one"], missing: [{ id: "others" }] });
    expect(body.summary).toBe("applied on 1 replica; others will follow when the store returns: it is gone");
    const restoring = request(app).post("/api/routes/chat/restore").send({ version: "v2", why: "fixed" });
    expect((await restoring.expect(503)).body.error).toMatchObject({ code: "store_unavailable" });
    expect(cuts.cuts().size).toBe(0);
  });

  it("says how it could be lost, where it could", async () => {
    const cuts = followCuts({ store: memoryCuts(), log: memoryLog() });
    onTestFinished(() => cuts.stop());
    const { app } = await setUp({ cuts: { ...cuts, fleeting: () => "nothing is on a disk" } });
    const { body } = await request(app).post("/api/routes/chat/cut").expect(200);
    expect(body.summary).toMatch(/ ms; it would be lost if the store and all .*: nothing is on a disk$/);
    expect(body.stored).toBe(true);
    const { body: now } = await request(app).get("/api/cuts").expect(200);
    expect(now.fleeting).toBe("nothing is on a disk");
  });

  it("asks which, where there are several, and cuts no other", async () => {
    const { app, live } = await setUp({ text: TWO });
    const { body } = await request(app).post("/api/routes/chat/cut").send({}).expect(400);
    expect(body.error).toMatchObject({ code: "version_needed", message: expect.stringContaining("v2, v3") });
    await request(app).post("/api/routes/chat/cut").send({ version: "v3" }).expect(200);
    expect([...(live.current()?.cuts.keys() ?? [])]).toEqual(["chat\u0000v3"]);
  });

  it.each([
    ["a route that is not", "/api/routes/chats/cut", {}, "unknown_route"],
    ["a version that is not", "/api/routes/chat/cut", { version: "v9" }, "unknown_version"],
    ["the stable version", "/api/routes/chat/cut", { version: "v1" }, "unknown_version"],
  ])("refuses %s", async (_, path, body, code) => {
    const { app, live } = await setUp();
    const answer = await request(app).post(path).send(body).expect(404);
    expect(answer.body.error.code).toBe(code);
    expect(live.current()?.cuts.size).toBe(0);
  });

  it("cuts a slice, and says which", async () => {
    const { app } = await setUp();
    const slice = { rule: "everyone else", modality: "image" };
    const { body } = await request(app)
      .post("/api/routes/chat/cut")
      .send({ ...slice, why: "grey" })
      .expect(200);
    expect(body.versions).toEqual([{ route: "chat", version: "v2", ...slice }]);
    const { body: routes } = await request(app).get("/api/routes").expect(200);
    expect(routes.routes[0].versions).toMatchObject([
      { cut: false, cutSlices: [] },
      { cut: false, cutSlices: [slice] },
    ]);
    const { body: cuts } = await request(app).get("/api/cuts").expect(200);
    expect(cuts.cuts).toMatchObject([{ version: "v2", ...slice, state: "cut", why: "grey" }]);
  });

  it("needs no body where there is nothing to say", async () => {
    const { app, live } = await setUp();
    await request(app).post("/api/routes/chat/cut").expect(200);
    expect(live.current()?.cuts.size).toBe(1);
    const { body } = await request(app).post("/api/routes/chat/restore").expect(400);
    expect(body.error.message).toContain("the body.why");
    await request(app).post("/api/cut-all").expect(200);
  });

  it("refuses a slice of a rule or a modality that is not", async () => {
    const { app, live } = await setUp();
    const { body } = await request(app).post("/api/routes/chat/cut").send({ rule: "staff" }).expect(404);
    expect(body.error).toMatchObject({ code: "unknown_rule", message: expect.stringContaining("everyone else") });
    await request(app).post("/api/routes/chat/cut").send({ modality: "images" }).expect(400);
    expect(live.current()?.cuts.size).toBe(0);
  });

  it("cuts all candidates of all routes", async () => {
    const { app, live } = await setUp({ text: TWO });
    const { body } = await request(app).post("/api/cut-all").send({ why: "incident" }).expect(200);
    expect(body.versions).toEqual([
      { route: "chat", version: "v2" },
      { route: "chat", version: "v3" },
    ]);
    expect(live.current()?.cuts.size).toBe(2);
  });

  it("stays when the rules change, and does not reach a new candidate", async () => {
    const { app, live } = await setUp();
    await request(app).post("/api/routes/chat/cut").send({}).expect(200);
    await request(app).put("/api/rules").set("if-match", "*").type("text/yaml").send(TWO).expect(200);
    const { body } = await request(app).get("/api/routes").expect(200);
    expect(body.routes[0].versions).toMatchObject([{ cut: false }, { cut: true }, { version: "v3", cut: false }]);
    expect(live.current()?.revision).toBe(2);
  });
});

describe("restore", () => {
  it("lifts the only cut, and has to say why", async () => {
    const { app, live, log } = await setUp();
    await request(app).post("/api/routes/chat/cut").send({ why: "too slow" }).expect(200);
    for (const body of [{}, { why: " " }]) await request(app).post("/api/routes/chat/restore").send(body).expect(400);
    expect(live.current()?.cuts.size).toBe(1);
    const { body } = await request(app).post("/api/routes/chat/restore").send({ why: "fixed" }).expect(200);
    expect(body).toMatchObject({ versions: [{ version: "v2" }], applied: ["this one"], missing: [] });
    expect(live.current()?.cuts.size).toBe(0);
    expect(log.lines.filter(({ message }) => /is cut|is restored/.test(message))).toMatchObject([
      { level: "warn", fields: { route: "chat", version: "v2", by: "local", why: "too slow" } },
      { level: "warn", fields: { route: "chat", version: "v2", by: "local", why: "fixed" } },
    ]);
  });

  it("lifts the cut of the version before those of its slices, and each by itself", async () => {
    const { app, live } = await setUp();
    const cut = (body: object) => request(app).post("/api/routes/chat/cut").send(body).expect(200);
    const restore = (body: object = {}) =>
      request(app)
        .post("/api/routes/chat/restore")
        .send({ why: "fixed", ...body });
    await cut({ modality: "image" });
    await cut({ modality: "audio" });
    await cut({});
    expect((await restore().expect(200)).body.versions).toEqual([{ route: "chat", version: "v2" }]);
    const { body } = await restore().expect(400);
    expect(body.error).toMatchObject({ code: "version_needed", message: expect.stringContaining("v2 for `audio`") });
    await restore({ modality: "video" }).expect(409);
    await restore({ modality: "audio" }).expect(200);
    expect((await restore().expect(200)).body.versions).toMatchObject([{ modality: "image" }]);
    expect(live.current()?.cuts.size).toBe(0);
  });

  it("says that nothing is cut, or asks which", async () => {
    const { app } = await setUp({ text: TWO });
    const restore = (body: object) =>
      request(app)
        .post("/api/routes/chat/restore")
        .send({ why: "fixed", ...body });
    expect((await restore({}).expect(409)).body.error.code).toBe("not_cut");
    await request(app).post("/api/cut-all").send({}).expect(200);
    expect((await restore({}).expect(400)).body.error.code).toBe("version_needed");
    await restore({ version: "v3" }).expect(200);
    expect((await restore({ version: "v3" }).expect(409)).body.error.code).toBe("not_cut");
    await restore({}).expect(200);
  });
});
