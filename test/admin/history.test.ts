import request from "supertest";
import { describe, expect, it } from "vitest";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { digestOf, RULES, setUp } from "./kit.ts";

const WIDER = RULES.replace("5%", "10%");

describe("GET /api/rules/history", () => {
  it("says who edited, when and why, the newest first", async () => {
    const tokens = tokenBook(undefined, [{ name: "ann", role: "editor", sha256: digestOf("anns") }]);
    const { app } = await setUp({ tokens });
    const ann = { authorization: "Bearer anns" };
    const put = (text: string) => request(app).put("/api/rules").set(ann).set("if-match", "*").send(text);
    await put(WIDER).set("x-canary-message", "more of caf%C3%A9").expect(200);
    await put(RULES).query({ message: "  back,\nit is slow " }).expect(200);
    await put(WIDER).expect(200);
    const { body } = await request(app).get("/api/rules/history").set(ann).expect(200);
    expect(body.entries).toMatchObject([
      { revision: 4, author: "ann", message: "written through the API" },
      { revision: 3, author: "ann", message: "back, it is slow" },
      { revision: 2, author: "ann", message: "more of café" },
      { revision: 1, author: "test" },
    ]);
    for (const { at } of body.entries) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
  });

  it("gives as many as it was asked for", async () => {
    const { app } = await setUp();
    await request(app).put("/api/rules").set("if-match", "*").send(WIDER);
    const { body } = await request(app).get("/api/rules/history?limit=1").expect(200);
    expect(body.entries).toMatchObject([{ revision: 2 }]);
    for (const limit of ["0", "501", "many"]) {
      const refused = await request(app).get(`/api/rules/history?limit=${limit}`).expect(400);
      expect(refused.body.error).toMatchObject({
        code: "bad_request",
        message: expect.stringContaining("the query.limit"),
      });
    }
  });

  it("gives the text of one revision", async () => {
    const { app } = await setUp();
    await request(app).put("/api/rules").set("if-match", "*").send(WIDER);
    const { body } = await request(app).get("/api/rules/history/1").expect(200);
    expect(body).toMatchObject({ revision: 1, author: "test", text: RULES });
    const unknown = await request(app).get("/api/rules/history/3").expect(404);
    expect(unknown.body.error.code).toBe("unknown_revision");
  });

  it("says so when the store cannot be read", async () => {
    const away = async () => ({ kind: "unavailable" as const, why: "ECONNREFUSED" });
    const { app } = await setUp({ archive: { history: away, past: away } });
    for (const path of ["/api/rules/history", "/api/rules/history/1"]) {
      expect((await request(app).get(path).expect(503)).body.error.code).toBe("store_unavailable");
    }
    await request(app).post("/api/rules/revert").send({ revision: 1 }).expect(503);
  });
});

describe("GET /api/history", () => {
  it("tells edits and cuts in one line, the newest first", async () => {
    const { app } = await setUp();
    const tick = () => new Promise((resolve) => setTimeout(resolve, 2)); // or two have one time
    await tick();
    await request(app).post("/api/routes/chat/cut").send({ modality: "image", why: "grey" }).expect(200);
    await tick();
    await request(app).put("/api/rules").set("if-match", "*").query({ message: "more" }).send(WIDER).expect(200);
    await tick();
    await request(app).post("/api/routes/chat/restore").send({ why: "fixed" }).expect(200);
    const { body } = await request(app).get("/api/history").expect(200);
    const images = { route: "chat", version: "v2", modality: "image", author: "local" };
    expect(body.entries).toMatchObject([
      { what: "restored", ...images, message: "fixed" },
      { what: "edit", revision: 2, author: "local", message: "more" },
      { what: "cut", ...images, message: "grey" },
      { what: "edit", revision: 1, author: "test" },
    ]);
    const { body: two } = await request(app).get("/api/history?limit=2").expect(200);
    expect(two.entries).toEqual(body.entries.slice(0, 2));
  });

  it("says so when one of both cannot be read", async () => {
    const away = async () => ({ kind: "unavailable" as const, why: "ECONNREFUSED" });
    for (const { app } of [
      await setUp({ journal: { last: away } }),
      await setUp({ archive: { history: away, past: away } }),
    ])
      expect((await request(app).get("/api/history").expect(503)).body.error.code).toBe("store_unavailable");
  });
});

describe("POST /api/rules/revert", () => {
  it("writes the old text as a new revision", async () => {
    const { app, live } = await setUp();
    await request(app).put("/api/rules").set("if-match", "*").send(WIDER);
    const { body } = await request(app).post("/api/rules/revert").send({ revision: 1 }).expect(200);
    expect(body).toEqual({ revision: 3, reverted: 1 });
    expect(live.current()).toMatchObject({ revision: 3, text: RULES });
    const { entries } = (await request(app).get("/api/rules/history")).body;
    expect(entries[0]).toMatchObject({ revision: 3, author: "local", message: "back to revision 1" });
  });

  it("does not overwrite an edit that its caller has not seen", async () => {
    const { app, live } = await setUp();
    await request(app).put("/api/rules").set("if-match", "*").send(WIDER);
    const revert = request(app).post("/api/rules/revert").set("if-match", '"1"').send({ revision: 1 });
    expect((await revert.expect(412)).body).toMatchObject({ error: { code: "conflict" }, revision: 2, text: WIDER });
    expect(live.current()?.text).toBe(WIDER);
  });

  it("refuses a text that is no longer good", async () => {
    const { app, store, live } = await setUp();
    await store.write({ text: "version: 0\n", expected: "any", author: "test", message: "" });
    await request(app).put("/api/rules").set("if-match", "*").send(RULES).expect(200);
    await request(app).post("/api/rules/revert").send({ revision: 2 }).expect(422);
    expect(live.current()).toMatchObject({ revision: 3, text: RULES });
  });
});
