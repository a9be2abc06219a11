import request from "supertest";
import { describe, expect, it } from "vitest";
import { RULES, setUp } from "./kit.ts";

const WIDER = RULES.replace("5%", "10%");

describe("GET /api/rules", () => {
  it("gives the text as it was written, with its revision as ETag", async () => {
    const { app } = await setUp();
    const { text, headers } = await request(app).get("/api/rules").expect(200);
    expect(text).toBe(RULES);
    expect(headers).toMatchObject({ etag: '"1"', "content-type": "text/yaml; charset=utf-8" });
  });

  it("says that there are none", async () => {
    const { app } = await setUp({ text: "" });
    const { body } = await request(app).get("/api/rules").expect(404);
    expect(body.error.code).toBe("no_rules");
  });
});

describe("PUT /api/rules", () => {
  it("takes no message that would show as another than it is", async () => {
    const { app } = await setUp();
    const message = encodeURIComponent("more\u202e gpj.\u2066 for \u009b2Kstaff\n\u200e");
    await request(app).put(`/api/rules?message=${message}`).set("if-match", "*").send(WIDER).expect(200);
    const { body } = await request(app).get("/api/rules/history").expect(200);
    expect(body.entries[0].message).toBe("more  gpj.  for  2Kstaff");
  });

  it("is in force when it has been answered", async () => {
    const { app, live } = await setUp();
    const { headers, body } = await request(app).put("/api/rules").set("if-match", '"1"').send(WIDER).expect(200);
    expect(headers["etag"]).toBe('"2"');
    expect(body).toEqual({ revision: 2 });
    expect(live.current()).toMatchObject({ text: WIDER, revision: 2 });
  });

  it("writes the first rules", async () => {
    const { app, live } = await setUp({ text: "" });
    await request(app).put("/api/rules").set("if-match", '"0"').send(RULES).expect(200);
    expect(live.current()?.text).toBe(RULES);
  });

  it("keeps every byte, whatever type the body is said to be", async () => {
    const { app } = await setUp();
    const odd = `# größe 🦤\r\n${RULES}`;
    const asked = request(app).put("/api/rules").set("if-match", '"1"').type("application/x-www-form-urlencoded");
    await asked.send(odd).expect(200);
    expect((await request(app).get("/api/rules")).text).toBe(odd);
  });

  it("gives the current text to whoever edited an older one", async () => {
    const { app } = await setUp();
    await request(app).put("/api/rules").set("if-match", '"1"').send(WIDER).expect(200);
    const late = await request(app).put("/api/rules").set("if-match", '"1"').send(RULES).expect(412);
    expect(late.body).toMatchObject({ error: { code: "conflict" }, revision: 2, text: WIDER });
    expect(late.headers["etag"]).toBe('"2"');
  });

  it("overwrites whatever is there with *", async () => {
    const { app, store, live } = await setUp();
    store.put("nonsense past the router");
    await request(app).put("/api/rules").set("if-match", '"1"').send(WIDER).expect(412);
    await request(app).put("/api/rules").set("if-match", "*").send(WIDER).expect(200);
    expect(live.current()?.text).toBe(WIDER);
  });

  it("names every mistake with its place", async () => {
    const { app, live } = await setUp();
    const wrong = RULES.replace("5%", "5").replace("stable:", "stabel:");
    const { body } = await request(app).put("/api/rules").set("if-match", '"1"').send(wrong).expect(422);
    expect(body.error.code).toBe("invalid_rules");
    expect(body.errors.length).toBeGreaterThan(1);
    for (const error of body.errors) {
      expect(error).toEqual({
        line: expect.any(Number),
        column: expect.any(Number),
        path: expect.any(String),
        message: expect.any(String),
      });
    }
    expect(live.current()?.revision).toBe(1);
  });

  it.each([
    [undefined, 428, "if_match_needed"],
    ["yesterday", 400, "bad_if_match"],
    ['"1", "2"', 400, "bad_if_match"],
  ])("answers If-Match: %s with %d", async (ifMatch, status, code) => {
    const { app } = await setUp();
    const asked = request(app).put("/api/rules");
    if (ifMatch !== undefined) asked.set("if-match", ifMatch);
    const { body } = await asked.send(WIDER).expect(status);
    expect(body.error.code).toBe(code);
  });

  it("says so when the store cannot be written to", async () => {
    const { live } = await setUp();
    const edit = async () => ({ kind: "unavailable" as const, why: "ECONNREFUSED" });
    const { app } = await setUp({ rules: { ...live, edit } });
    const { body } = await request(app).put("/api/rules").set("if-match", '"1"').send(WIDER).expect(503);
    expect(body.error).toEqual({
      code: "store_unavailable",
      message: "The store cannot be written to, nothing has changed: ECONNREFUSED",
    });
  });

  it("refuses more than 4 MiB, compressed bodies, and what is not UTF-8", async () => {
    const { app } = await setUp();
    const put = () => request(app).put("/api/rules").set("if-match", '"1"').type("text/yaml");
    expect(
      (
        await put()
          .send("#".repeat(4 * 1024 * 1024 + 1))
          .expect(413)
      ).body.error.code,
    ).toBe("body_too_large");
    expect((await put().set("content-encoding", "gzip").send("x").expect(415)).body.error.code).toBe("bad_encoding");
    expect(
      (
        await put()
          .send(Buffer.from([0x23, 0xff]))
          .expect(400)
      ).body.error.code,
    ).toBe("not_utf8");
  });
});

describe("POST /api/rules/differences", () => {
  it("says in words what rules change of those in force, and of those of any revision", async () => {
    const { app } = await setUp();
    const differences = (query: string, text: string) =>
      request(app).post(`/api/rules/differences${query}`).type("text/yaml").send(text);
    const words = ["chat / everyone else: 5 % → 10 %"];
    await differences("", WIDER).expect(200, { since: 1, words });
    await request(app).put("/api/rules").set("if-match", '"1"').send(WIDER).expect(200);
    await differences("", WIDER).expect(200, { since: 2, words: [] });
    await differences("?since=1", WIDER).expect(200, { since: 1, words });
    await differences("?since=0", WIDER).expect(200, { since: 0, words: [] });
    const unknown = await differences("?since=7", WIDER).expect(404);
    expect(unknown.body.error.code).toBe("unknown_revision");
  });
});

describe("POST /api/rules/check", () => {
  it("says what would be taken, and changes nothing", async () => {
    const { app, live } = await setUp();
    await request(app)
      .post("/api/rules/check")
      .send(WIDER)
      .expect(200, { errors: [], routes: ["chat"] });
    expect(live.current()?.revision).toBe(1);
  });

  it("says what is wrong", async () => {
    const { app } = await setUp();
    const { body } = await request(app).post("/api/rules/check").send("version: 2").expect(422);
    expect(body.errors[0]).toMatchObject({ line: 1 });
    await request(app).post("/api/rules/check").expect(422);
  });
});
