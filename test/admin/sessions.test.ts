import request from "supertest";
import { describe, expect, it } from "vitest";
import { sealOf } from "../../src/admin/access/seal.ts";
import { type Holder, holders, sessions } from "../../src/admin/access/sessions.ts";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { eventHub } from "../../src/admin/events.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { accessWith, digestOf, RULES, setUp } from "./kit.ts";

const OWN = "http://router.example:8081";
const ann = { name: "ann", role: "editor" as const, sha256: digestOf("anns") };
const tokens = tokenBook("root", [ann]);

type App = Awaited<ReturnType<typeof setUp>>["app"];
const host = "router.example:8081";

/** What a browser sends from then on. */
async function logIn(app: App, token = "anns"): Promise<string> {
  const answer = await request(app).post("/api/session").set({ host, origin: OWN }).send({ token }).expect(200);
  return cookieOf(answer.headers["set-cookie"]);
}

function cookieOf(set: unknown): string {
  return String(set).split(";")[0] ?? "";
}

describe("a browser that logs in", () => {
  it("gets a cookie that no page can read and that tells nothing of the token", async () => {
    const { app } = await setUp({ tokens });
    const answer = await request(app)
      .post("/api/session")
      .set({ host, origin: OWN })
      .send({ token: "anns" })
      .expect(200);
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^canary-session=[\w.-]+; Path=\/api; HttpOnly; SameSite=Strict; Max-Age=3(600|599)$/),
    ]);
    expect(answer.body).toEqual({
      who: { name: "ann", role: "editor", by: "session", until: expect.any(String) },
      login: { token: true },
    });
    expect(JSON.stringify(answer.headers)).not.toContain("anns");
  });

  it.each([
    ["https", "__Host-canary-session="],
    ["http", "canary-session="],
  ])("over %s through a trusted proxy gets %s", async (proto, start) => {
    const { app } = await setUp({ tokens });
    const asked = request(app).post("/api/session").set({ host, "x-forwarded-proto": proto });
    const { headers } = await asked.send({ token: "anns" }).expect(200);
    const cookie = String(headers["set-cookie"]);
    expect(cookie.startsWith(start)).toBe(true);
    expect(cookie.includes("; Path=/; Secure;")).toBe(proto === "https");
  });

  it("is who the token says, in what it reads and writes", async () => {
    const { app, store } = await setUp({ tokens });
    const cookie = await logIn(app);
    const { body } = await request(app).get("/api/session").set({ host, cookie }).expect(200);
    expect(body.who).toMatchObject({ name: "ann", role: "editor", by: "session" });
    await request(app).get("/api/rules").set({ host, cookie }).expect(200);
    const write = request(app).put("/api/rules").set({ host, cookie, origin: OWN, "if-match": "*" });
    await write.send(RULES.replace("5%", "7%")).expect(200);
    expect(await store.history(1)).toMatchObject({ entries: [{ author: "ann" }] });
    await request(app).post("/api/routes/chat/cut").set({ host, cookie, origin: OWN }).send({}).expect(403);
  });

  it("is known to a replica that has the same key, and to no other", async () => {
    const { app } = await setUp({ tokens });
    const cookie = await logIn(app);
    const other = await setUp({ tokens });
    await request(other.app).get("/api/rules").set({ host, cookie }).expect(200);
    const stranger = await setUp({ access: accessWith(tokens, Date.now, "another") });
    await request(stranger.app).get("/api/rules").set({ host, cookie }).expect(401);
  });

  it("is let in no more once its token is gone, and is what the token is when that has changed", async () => {
    const { app } = await setUp({ tokens });
    const cookie = await logIn(app);
    const without = await setUp({ tokens: tokenBook("root", []) });
    await request(without.app).get("/api/rules").set({ host, cookie }).expect(401);
    const renewed = await setUp({ tokens: tokenBook("root", [{ ...ann, sha256: digestOf("new") }]) });
    await request(renewed.app).get("/api/rules").set({ host, cookie }).expect(401);
    const lowered = await setUp({ tokens: tokenBook("root", [{ ...ann, role: "viewer" }]) });
    await request(lowered.app).put("/api/rules").set({ host, cookie, origin: OWN }).send(RULES).expect(403);
  });

  it("is told to forget the cookie when it logs out", async () => {
    const { app } = await setUp({ tokens });
    const cookie = await logIn(app);
    const answer = await request(app).delete("/api/session").set({ host, cookie, origin: OWN }).expect(200);
    expect(answer.headers["set-cookie"]).toEqual(["canary-session=; Path=/api; HttpOnly; SameSite=Strict; Max-Age=0"]);
    expect(answer.body).toEqual({ login: { token: true } });
  });

  it("hears no more events once the session has ended", async () => {
    const hub = eventHub({ numbers: () => [], state: async () => [] });
    const access = accessWith(tokens);
    const who = { name: "ann", role: "editor" as const };
    const resume = async () => ({ kind: "session" as const, who, until: Date.now() + 20, renewed: undefined });
    const { app } = await setUp({ access: { ...access, sessions: { ...access.sessions, resume } }, events: hub });
    await request(app).get("/api/events").set({ host, cookie: "canary-session=x" }).expect(200); // which ends
    hub.close();
  });
});

describe("a page that writes with somebody's session", () => {
  it.each([
    ["no origin", {}, 403],
    ["another site", { origin: "https://evil.example" }, 403],
    ["another port of the host", { origin: "http://router.example:8080" }, 403],
    ["an origin that is not told", { origin: "null" }, 403],
    ["the router", { origin: OWN }, 200],
    [
      "the router behind a proxy that says so",
      { origin: "https://canary.example", "x-forwarded-host": "canary.example" },
      200,
    ],
  ])("from %s is answered as it should be", async (_, headers, status) => {
    const { app } = await setUp({ tokens });
    const cookie = await logIn(app);
    await request(app)
      .post("/api/rules/check")
      .set({ host, cookie, ...headers })
      .send(RULES)
      .expect(status);
  });

  it("cannot log the browser in or out from another site", async () => {
    const { app } = await setUp({ tokens });
    const asked = () => ({ host, origin: "https://evil.example" });
    await request(app).post("/api/session").set(asked()).send({ token: "anns" }).expect(403);
    const out = await request(app).delete("/api/session").set(asked()).expect(403);
    expect(out.headers["set-cookie"]).toBeUndefined();
  });
});

describe("whoever tries to log in", () => {
  it("is made to wait after twenty wrong tokens, with a right one too, and is logged without the token", async () => {
    const log = memoryLog();
    const { app } = await setUp({ tokens, log });
    const attempt = (token: string) => request(app).post("/api/session").set({ host }).send({ token });
    for (let i = 0; i < 20; i++) await attempt("s3cret").expect(401);
    const { body, headers } = await attempt("anns").expect(429);
    expect(body.error.code).toBe("too_many_failures");
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(log.said("warn")).toHaveLength(20);
    expect(JSON.stringify(log.lines)).not.toMatch(/s3cret|anns/);
    // Scripts with a right token go on: they do not guess.
    await request(app).get("/api/rules").set({ host, authorization: "Bearer anns" }).expect(200);
  });

  it("is told that nobody needs to where there are no tokens", async () => {
    const { app } = await setUp();
    const { body } = await request(app).post("/api/session").send({ token: "x" }).expect(409);
    expect(body.error.code).toBe("no_login");
    const own = await request(app).get("/api/session").expect(200);
    expect(own.body).toEqual({ who: { name: "local", role: "admin", by: "local" }, login: { token: false } });
  });

  it("sees how, without having logged in", async () => {
    const { app } = await setUp({ tokens });
    const { body } = await request(app).get("/api/session").expect(200);
    expect(body).toEqual({ login: { token: true } });
  });
});

describe("a session", () => {
  const HOUR = 3_600_000;
  const holder: Holder = { kind: "token", mark: tokens.find("anns")?.mark ?? "" };
  const kept = (clock: { now: number }) =>
    sessions(sealOf("s"), { idle: HOUR, lifetime: 12 * HOUR }, holders(tokens, undefined), () => clock.now);

  it("ends an hour after the last request", async () => {
    const clock = { now: 0 };
    const { sealed } = await kept(clock).open(holder);
    clock.now = HOUR - 1;
    expect((await kept(clock).resume(sealed)).kind).toBe("session");
    clock.now = HOUR;
    expect((await kept(clock).resume(sealed)).kind).toBe("ended");
  });

  it("goes on with each request, but not for more than twelve hours", async () => {
    const clock = { now: 0 };
    let { sealed } = await kept(clock).open(holder);
    for (clock.now = HOUR / 2; clock.now < 12 * HOUR; clock.now += HOUR / 2) {
      const found = await kept(clock).resume(sealed);
      if (found.kind !== "session") throw new Error(`it is ${found.kind} after ${clock.now / HOUR} hours`);
      expect(found.until).toBe(Math.min(12 * HOUR, clock.now + HOUR));
      sealed = found.renewed?.sealed ?? "not renewed";
    }
    expect((await kept(clock).resume(sealed)).kind).toBe("ended");
  });

  it("is not what anybody else has sealed, or changed, or sealed for another purpose", async () => {
    const clock = { now: 0 };
    const content = { holder, since: 0, seen: 0 };
    const { sealed } = await kept(clock).open(holder);
    const wrong = [
      await sealOf("t").close("session", content),
      await sealOf("s").close("login", content),
      `${sealed.slice(0, -2)}${sealed.endsWith("AA") ? "BB" : "AA"}`,
      "",
      "eyJhbGciOiJub25lIn0..",
    ];
    for (const one of wrong) expect(await kept(clock).resume(one)).toEqual({ kind: "forged" });
  });
});
