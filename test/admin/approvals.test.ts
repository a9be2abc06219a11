import type { Express } from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { type TokenSetting, tokenBook } from "../../src/admin/access/tokens.ts";
import { until } from "../kit/until.ts";
import { accessWith, digestOf, RULES, setUp } from "./kit.ts";

const LIMIT = { above: 2_500, expires: 3_600_000 };
const person = (name: string, role: TokenSetting["role"] = "editor", token = name): TokenSetting => {
  return { name, role, sha256: digestOf(token) };
};
const tokens = tokenBook("root", [
  person("ann"),
  person("ann", "admin", "ann-as-admin"),
  person("Ann", "operator", "ann-in-capitals"),
  person("bob"),
  person("olga", "operator"),
  person("eve", "viewer"),
  person("admin", "editor", "another-admin"),
]);
const SHARE = "/api/routes/chat/rules/everyone%20else";
const HIGH = RULES.replace("5%", "50%");

async function stage(text = RULES) {
  const set = await setUp({ tokens, limit: LIMIT, text });
  const as = (name: string) => ({ authorization: `Bearer ${name}` });
  const { app } = set;
  const api = {
    put: (name: string, text: string, ifMatch = "*") =>
      request(app)
        .put("/api/rules?message=more")
        .set({ "if-match": ifMatch, ...as(name) })
        .send(text),
    patch: (name: string, candidate: string) => request(app).patch(SHARE).set(as(name)).send({ candidate }),
    revert: (name: string, revision: number) => request(app).post("/api/rules/revert").set(as(name)).send({ revision }),
    approve: (name: string, id: string) => request(app).post(`/api/approvals/${id}/approve`).set(as(name)),
    decline: (name: string, id: string, why = "too early") =>
      request(app).post(`/api/approvals/${id}/decline`).set(as(name)).send({ why }),
    list: async (name: string) => (await request(app).get("/api/approvals").set(as(name)).expect(200)).body.approvals,
    session: async (name: string) => (await request(app).get("/api/session").set(as(name)).expect(200)).body,
    history: async () => (await request(app).get("/api/history").set(as("eve")).expect(200)).body.entries,
    share: () => /candidate: (\d+%)/.exec(set.live.current()?.text ?? "")?.[1],
  };
  /** The id of what ann has asked for. */
  const held = async (asked = api.put("ann", HIGH)) => {
    const { body } = await asked.expect(202);
    return String(body.approval.id);
  };
  return { ...set, ...api, as, held };
}

describe("an edit that raises a share above the limit", () => {
  it("waits, and says what for, until when and how to lower at once", async () => {
    const { put, share } = await stage();
    const { body } = await put("ann", HIGH, '"1"').expect(202);
    expect(body).toEqual({
      approval: {
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        kind: "edit",
        by: "ann",
        message: "more",
        at: expect.stringMatching(/Z$/),
        expires: expect.stringMatching(/Z$/),
        raises: ["chat / everyone else: v2 from 5% to 50%"],
        needs: "editor",
        base: 1,
      },
      message: expect.stringMatching(/waits for a second person.*from 5% to 50%.*only lowers shares waits for nobody/),
    });
    const { at, expires } = body.approval;
    expect(Date.parse(expires) - Date.parse(at)).toBe(LIMIT.expires);
    expect(share()).toBe("5%");
  });

  it("waits on every way to edit: a whole document, one share, a revision of the past", async () => {
    const { put, patch, revert, live, share } = await stage(HIGH);
    await put("ann", RULES).expect(200);
    await patch("ann", "30%").expect(202);
    await revert("ann", 1).expect(202);
    await put("ann", HIGH, '"2"').expect(202);
    expect(share()).toBe("5%");
    expect(live.current()?.revision).toBe(2);
  });

  it("is made by whoever approves it, byte by byte, and the history names both", async () => {
    const { held, approve, history, live, list } = await stage();
    const id = await held();
    const { body } = await approve("bob", id).expect(200);
    expect(body).toMatchObject({ approval: { id, by: "ann" }, revision: 2 });
    expect(live.current()).toMatchObject({ text: HIGH, revision: 2 });
    expect(await list("bob")).toEqual([]);
    const told = await history();
    expect(told.slice(0, 3)).toMatchObject([
      { what: "approved", author: "bob", message: expect.stringContaining(id) },
      { what: "edit", revision: 2, author: "ann", approver: "bob", message: "more" },
      { what: "approval asked for", author: "ann", message: expect.stringContaining("from 5% to 50%") },
    ]);
  });

  it("is done by two people and no fewer, whatever names, roles, tokens and sessions they come with", async () => {
    const { held, approve, share, app } = await stage();
    const id = await held();
    for (const token of ["ann", "ann-as-admin", "ann-in-capitals"]) {
      const { body } = await approve(token, id).expect(403);
      expect(body.error.code).toBe("second_person_needed");
    }
    const login = await request(app).post("/api/session").send({ token: "ann-as-admin" }).expect(200);
    const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
    const origin = { cookie, host: "localhost", origin: "http://localhost" };
    const { body } = await request(app).post(`/api/approvals/${id}/approve`).set(origin).expect(403);
    expect(body.error.code).toBe("second_person_needed");
    expect((await approve("eve", id).expect(403)).body.error.code).toBe("forbidden");
    await approve("nobody", id).expect(401);
    expect(share()).toBe("5%");
    await approve("bob", id).expect(200);
    expect(share()).toBe("50%");
  });

  it("takes the plain token of the settings for one person, also beside a token of that name", async () => {
    const { held, approve, put } = await stage();
    const id = await held(put("root", HIGH));
    await approve("another-admin", id).expect(403);
    await approve("root", id).expect(403);
    await approve("ann", id).expect(200);
  });

  it("is declined by another or taken back by whoever asked, with a reason in the history", async () => {
    const { held, decline, approve, history, share } = await stage();
    const id = await held();
    await decline("eve", id).expect(403);
    await decline("bob", id, " ").expect(400);
    const { body } = await decline("bob", id, "wait for Monday").expect(200);
    expect(body).toMatchObject({ id, by: "ann" });
    await approve("bob", id).expect(404);
    const own = await held();
    expect(own).toBe(id);
    await decline("ann", own, "a mistake").expect(200);
    expect((await history()).slice(0, 3)).toMatchObject([
      { what: "declined", author: "ann", message: expect.stringMatching(/a mistake$/) },
      { what: "approval asked for", author: "ann" },
      { what: "declined", author: "bob", message: expect.stringMatching(/wait for Monday$/) },
    ]);
    expect(share()).toBe("5%");
  });

  it("is not applied to rules that have been changed since, and waits no more then", async () => {
    const { held, approve, patch, list, share } = await stage();
    const id = await held();
    await patch("bob", "3%").expect(200);
    expect(await list("bob")).toMatchObject([{ id, outdated: true, mayApprove: false, mayDecline: true }]);
    const { body } = await approve("bob", id).expect(409);
    expect(body.error).toMatchObject({
      code: "stale_approval",
      message: expect.stringMatching(/revision 1,.* at 2 now/),
    });
    await approve("bob", id).expect(404);
    expect(share()).toBe("3%");
  });

  it("is held once, however often it is asked for", async () => {
    const { held, list, history } = await stage();
    expect(await held()).toBe(await held());
    expect(await list("bob")).toHaveLength(1);
    expect((await history()).filter(({ what }: { what: string }) => what === "approval asked for")).toHaveLength(1);
  });

  it("has its mistakes told at once, and waits for nothing then", async () => {
    const { put, list } = await stage();
    await put("ann", HIGH.replace("50%", "50")).expect(422);
    await put("ann", HIGH, '"7"').expect(412);
    expect(await list("bob")).toEqual([]);
  }, 10_000);

  it("is shown with its text, and the session says what one may approve", async () => {
    const { app, held, session, list, as } = await stage();
    const id = await held();
    const { body } = await request(app).get(`/api/approvals/${id}`).set(as("eve")).expect(200);
    expect(body).toMatchObject({ id, text: HIGH, outdated: false, mayApprove: false, mayDecline: false });
    expect(await list("ann")).toMatchObject([{ id, mayApprove: false, mayDecline: true }]);
    expect(await list("bob")).toMatchObject([{ id, mayApprove: true, mayDecline: true }]);
    expect((await session("bob")).approvals).toEqual({ above: 25, mayApprove: [id] });
    expect((await session("ann")).approvals).toEqual({ above: 25, mayApprove: [] });
    expect((await request(app).get("/api/session").expect(200)).body.approvals).toBeUndefined();
  });
});

describe("an edit that lowers", () => {
  it("waits for nobody, neither alone nor while another waits", async () => {
    const { held, put, patch, share } = await stage(HIGH);
    await held(patch("ann", "60%"));
    await patch("ann", "40%").expect(200);
    await put("ann", RULES).expect(200);
    expect(share()).toBe("5%");
  });

  it("waits whole when it raises something else, and at once when it is sent alone", async () => {
    const two = RULES.replace(
      "    rules:",
      "    rules:\n      - { name: images, when: { modality: image }, candidate: 50% }",
    );
    const { put, live } = await stage(two);
    const both = two.replace("candidate: 50%", "candidate: 0%").replace("candidate: 5%", "candidate: 60%");
    const { body } = await put("ann", both).expect(202);
    expect(body.approval.raises).toEqual(["chat / everyone else: v2 from 5% to 60%"]);
    expect(live.current()?.text).toBe(two);
    await put("ann", two.replace("candidate: 50%", "candidate: 0%")).expect(200);
  });

  it("is not lost to one that overwrites whatever is there with the share of before", async () => {
    const { put, share, store } = await stage(HIGH);
    const write = store.write.bind(store);
    let lowered = false;
    // On another replica, just when the edit has been looked at here.
    store.write = async (edit) => {
      if (!lowered) await write({ ...edit, text: RULES.replace("5%", "0%"), author: "bob" });
      lowered = true;
      return write(edit);
    };
    await put("ann", `${HIGH}# a comment\n`).expect(202);
    expect(share()).toBe("0%");
  });
});

describe("restoring a cut candidate", () => {
  const restore = (app: Express, name: string, more: object = {}) =>
    request(app)
      .post("/api/routes/chat/restore")
      .set({ authorization: `Bearer ${name}` })
      .send({ why: "fixed", ...more });
  const cut = { route: "chat", version: "v2", by: "guard", why: "slow" };

  it("waits for a second operator where it would get more than the limit", async () => {
    const { app, cuts, approve, list, session, history } = await stage(HIGH);
    await cuts.cut(cut, "finish");
    const { body } = await restore(app, "olga").expect(202);
    const { id } = body.approval;
    expect(body.approval).toMatchObject({ kind: "restore", route: "chat", version: "v2", needs: "operator" });
    expect(body.approval.raises).toEqual(["chat / everyone else: v2 from nothing to 50%"]);
    expect(cuts.records()[0]?.state).toBe("cut");
    expect((await approve("bob", id).expect(403)).body.error.code).toBe("forbidden");
    expect((await session("bob")).approvals.mayApprove).toEqual([]);
    await approve("olga", id).expect(403);
    await approve("root", id).expect(200);
    expect(cuts.records()[0]).toMatchObject({ state: "restored", by: "olga", why: "fixed (approved by admin)" });
    expect(await list("bob")).toEqual([]);
    expect((await history())[0]).toMatchObject({ what: "approved", author: "admin", route: "chat", version: "v2" });
  });

  it("waits for nobody where the share has been lowered, and does not lift another cut than the one that was seen", async () => {
    const { app, cuts, approve, put } = await stage(HIGH);
    await cuts.cut(cut, "finish");
    const { body } = await restore(app, "olga").expect(202);
    await cuts.cut({ ...cut, why: "worse" }, "finish");
    const { body: refused } = await approve("root", body.approval.id).expect(409);
    expect(refused.error.code).toBe("stale_approval");
    expect(cuts.records()[0]).toMatchObject({ state: "cut", why: "worse" });
    await put("ann", RULES).expect(200);
    await restore(app, "olga").expect(200);
  });

  it("takes no more than the rule of the slice gives", async () => {
    const { app, cuts } = await stage(HIGH);
    await cuts.cut({ ...cut, rule: "everyone else" }, "finish");
    await restore(app, "olga", { rule: "everyone else" }).expect(202);
    await restore(app, "olga", { rule: "none" }).expect(409);
  });
});

describe("a ramp", () => {
  const RISING = RULES.replace("candidate: 5%", "ramp: [{ to: 1%, for: 10m }, { to: 20%, for: 10m }, { to: 100% }]");

  it("waits where it rises above the limit, and is not skipped there by whoever wrote it", async () => {
    const { app, approve, held, put, parts, as } = await stage();
    await approve("bob", await held(put("ann", RISING))).expect(200);
    await until("it has begun", () => parts.ramps.standings()[0]?.state === "running");
    const order = (name: string, what: string) =>
      request(app).post(`${SHARE}/ramp`).set(as(name)).send({ order: what });
    await order("ann", "skip").expect(200);
    expect((await order("ann-in-capitals", "skip").expect(403)).body.error.code).toBe("second_person_needed");
    await order("olga", "skip").expect(200);
    await order("ann", "abort").expect(200);
  });
});

describe("without approval.above", () => {
  it("nothing waits, and the session says nothing of it", async () => {
    const { app, live } = await setUp({ access: accessWith(tokens) });
    const root = { authorization: "Bearer root" };
    await request(app)
      .put("/api/rules")
      .set({ "if-match": "*", ...root })
      .send(HIGH)
      .expect(200);
    expect(live.current()?.text).toBe(HIGH);
    expect((await request(app).get("/api/approvals").set(root).expect(200)).body).toEqual({ approvals: [] });
    expect((await request(app).get("/api/session").set(root).expect(200)).body.approvals).toBeUndefined();
  });
});
