import request from "supertest";
import { describe, expect, it } from "vitest";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { until } from "../kit/until.ts";
import { digestOf, RULES, setUp } from "./kit.ts";

const RISING = RULES.replace(
  "candidate: 5%",
  "ramp: [{ to: 1%, for: 10m }, { to: 25%, until: approved }, { to: 100% }]",
);
const tokens = tokenBook("root", [
  { name: "ann", role: "editor", sha256: digestOf("ann") },
  { name: "bob", role: "editor", sha256: digestOf("bob") },
  { name: "eve", role: "viewer", sha256: digestOf("eve") },
]);
const bearer = (name: string) => ({ authorization: `Bearer ${name}` });

async function stage() {
  const set = await setUp({ tokens });
  const { app } = set;
  await request(app)
    .put("/api/rules")
    .set({ "if-match": "*", ...bearer("ann") })
    .send(RISING)
    .expect(200);
  const ramp = async () => {
    const { body } = await request(app).get("/api/routes").set(bearer("eve")).expect(200);
    return body.routes[0].rules[0];
  };
  await until("the ramp has begun", async () => (await ramp()).ramp.state === "running");
  const order = (order: string, name = "bob", why?: string) =>
    request(app).post("/api/routes/chat/rules/everyone%20else/ramp").set(bearer(name)).send({ order, why });
  return { ...set, ramp, order };
}

describe("a ramp over the API", () => {
  it("is shown with its present share, the next step, and when", async () => {
    const { ramp } = await stage();
    expect(await ramp()).toEqual({
      name: "everyone else",
      shares: [{ version: "v2", percent: 1 }],
      ramp: {
        steps: [{ percent: 1, for: 600_000 }, { percent: 25, until: "approved" }, { percent: 100 }],
        step: 1,
        percent: 1,
        state: "running",
        by: "ann",
        why: "1 % for 10 min, 25 % until approved, 100 %",
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        next: {
          percent: 25,
          in: expect.any(Number),
          waitsFor: [expect.stringMatching(/ more$/), "an answer of the candidate"],
        },
      },
    });
  });

  it("is skipped, approved by another, and decided by from then on", async () => {
    const { app, order, ramp, live } = await stage();
    const { body } = await order("skip", "ann", "all is well").expect(200);
    expect(body).toMatchObject({ step: 2, percent: 25, state: "running", by: "ann", why: "all is well" });
    expect((await ramp()).shares).toEqual([{ version: "v2", percent: 25 }]);
    expect(live.current()?.table.routes[0]?.rules[0]?.slices).toMatchObject([{ from: 0, to: 2_500 }]);
    const { body: explained } = await request(app)
      .post("/api/explain")
      .set(bearer("eve"))
      .send({ path: "/v1/chat/completions" })
      .expect(200);
    expect(explained.words.join("\n")).toContain(
      "rises by a ramp (1 % for 10 min, 25 % until approved, 100 %), and is 25 % now",
    );
    expect((await order("approve", "ann").expect(403)).body.error.code).toBe("second_person_needed");
    expect((await order("approve", "bob").expect(200)).body).toMatchObject({
      step: 2,
      next: { waitsFor: ["an answer of the candidate"] },
    });
  });

  it("is aborted to nothing, and every order is in the history", async () => {
    const { app, order, ramp } = await stage();
    await order("pause", "bob", "looking").expect(200);
    expect((await order("pause").expect(409)).body.error.code).toBe("not_now");
    await order("abort").expect(200);
    expect(await ramp()).toMatchObject({ shares: [{ percent: 0 }], ramp: { state: "aborted", percent: 0 } });
    const { body } = await request(app).get("/api/history").set(bearer("eve")).expect(200);
    const told = body.entries.map(({ what, author, rule, message }: Record<string, string>) => [
      what,
      author,
      rule,
      message,
    ]);
    expect(told.slice(0, 3)).toEqual([
      ["ramp aborted", "bob", "everyone else", ""],
      ["ramp paused", "bob", "everyone else", "looking"],
      ["ramp started", "ann", "everyone else", "1 % for 10 min, 25 % until approved, 100 %"],
    ]);
  });

  it("takes no orders from who may only look, nor for what has no ramp, and its share is not set by hand", async () => {
    const { app, order } = await stage();
    await order("pause", "eve").expect(403);
    await order("dance").expect(400);
    const other = request(app).post("/api/routes/chat/rules/none/ramp").set(bearer("bob")).send({ order: "pause" });
    expect((await other.expect(404)).body.error.code).toBe("unknown_ramp");
    const setting = request(app)
      .patch("/api/routes/chat/rules/everyone%20else")
      .set(bearer("bob"))
      .send({ candidate: "50%" });
    const { body } = await setting.expect(422);
    expect(body.errors[0].message).toMatch(/rises by a ramp: .* pause, skip or abort/);
  });
});
