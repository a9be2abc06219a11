import request from "supertest";
import { describe, expect, it } from "vitest";
import type { EditResult } from "../../src/store/live-rules.ts";
import { RULES, setUp } from "./kit.ts";

const PATH = "/api/routes/chat/rules/everyone%20else";

describe("PATCH /api/routes/:route/rules/:rule", () => {
  it("changes the share and no other byte", async () => {
    const { app, live } = await setUp();
    const { body, headers } = await request(app).patch(PATH).send({ candidate: "12.5%" }).expect(200);
    expect(body).toEqual({ revision: 2, route: "chat", rule: "everyone else", candidate: "12.5%" });
    expect(headers["etag"]).toBe('"2"');
    expect(live.current()?.text).toBe(RULES.replace("5%", "12.5%"));
  });

  it.each([
    ["/api/routes/chatt/rules/x", 404, "unknown_route"],
    ["/api/routes/chat/rules/x", 404, "unknown_rule"],
  ])("answers %s with %d %s", async (path, status, code) => {
    const { app } = await setUp();
    const { body } = await request(app).patch(path).send({ candidate: "5%" }).expect(status);
    expect(body.error.code).toBe(code);
  });

  it.each([{}, { candidate: 10 }, { candidate: "10%", sahre: 1 }, []])("refuses the body %j", async (sent) => {
    const { app } = await setUp();
    const { body } = await request(app).patch(PATH).send(sent).expect(400);
    expect(body.error.code).toBe("bad_request");
  });

  it("refuses a body that is not JSON", async () => {
    const { app } = await setUp();
    expect((await request(app).patch(PATH).type("json").send("{").expect(400)).body.error.code).toBe("bad_json");
  });

  it.each(["10", "101%", "-1%", "a lot"])("refuses the share %s with the repair", async (candidate) => {
    const { app, live } = await setUp();
    const { body } = await request(app).patch(PATH).send({ candidate }).expect(422);
    expect(body.errors).toHaveLength(1);
    expect(live.current()?.revision).toBe(1);
  });

  it("is applied to the text of whoever was faster", async () => {
    const { live } = await setUp();
    let rival = true;
    const edit: typeof live.edit = async (asked) => {
      if (rival) {
        rival = false;
        await live.edit({ ...asked, text: `# by a rival\n${RULES}` });
      }
      return live.edit(asked);
    };
    const { app } = await setUp({ rules: { ...live, edit } });
    await request(app).patch(PATH).send({ candidate: "10%" }).expect(200);
    expect(live.current()).toMatchObject({ revision: 3, text: `# by a rival\n${RULES.replace("5%", "10%")}` });
  });

  it("gives up when others are always faster", async () => {
    const { live } = await setUp();
    let asked = 0;
    const edit = async (): Promise<EditResult> => {
      asked++;
      return { kind: "conflict", current: { text: RULES, revision: asked + 1, foreign: false } };
    };
    const { app } = await setUp({ rules: { ...live, edit } });
    await request(app).patch(PATH).send({ candidate: "10%" }).expect(412);
    expect(asked).toBe(5);
  });

  it("does not overwrite what came past the router", async () => {
    const { app, store } = await setUp();
    store.put(`# by hand\n${RULES}`);
    const answer = await request(app).patch(PATH).send({ candidate: "10%" });
    // Whether it has been read by now is a matter of luck.
    expect([200, 412]).toContain(answer.status);
    expect(await store.read()).toMatchObject({ text: expect.stringMatching(/^# by hand/) });
  });
});
