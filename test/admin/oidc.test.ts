import request from "supertest";
import { describe, expect, it } from "vitest";
import { type OidcSettings, oidcLogin } from "../../src/admin/access/oidc.ts";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { CLIENT, oidcProvider } from "../kit/oidc-provider.ts";
import { accessWith, RULES, setUp } from "./kit.ts";

const host = "router.example";
const origin = `http://${host}`;
const CALLBACK = "/api/session/oidc/callback";
const ROLES = { product: "editor", everyone: "viewer", ml: "operator" } as const;

type App = Awaited<ReturnType<typeof setUp>>["app"];

async function appWith(issuer: string, more: Partial<OidcSettings> = {}) {
  const log = memoryLog();
  const names = { scopes: "openid email", nameClaim: "email", groupsClaim: "groups", roles: ROLES };
  const oidc = oidcLogin({ issuer, ...CLIENT, redirectUrl: `${origin}${CALLBACK}`, ...names, ...more });
  const access = accessWith(tokenBook(undefined, []), Date.now, "s3cret", oidc);
  return { ...(await setUp({ log, access })), log };
}

const cookieOf = (set: unknown, name: string): string =>
  [set]
    .flat()
    .map(String)
    .find((one) => one.startsWith(`${name}=`))
    ?.split(";")[0] ?? "";

/** To the provider and back, as a browser goes; the second app may be another replica. */
async function roundTrip(app: App, back: App = app) {
  const gone = await request(app).get("/api/session/oidc").set({ host }).expect(302);
  const login = cookieOf(gone.headers["set-cookie"], "canary-login");
  const there = await fetch(String(gone.headers["location"]), { redirect: "manual" });
  const url = new URL(there.headers.get("location") ?? "");
  const answer = await request(back).get(`${url.pathname}${url.search}`).set({ host, cookie: login });
  return { answer, url, login, cookie: cookieOf(answer.headers["set-cookie"], "canary-session") };
}

describe("whoever logs in at the provider", () => {
  it("is sent to the console with a session, whose name and role the provider's claims give", async () => {
    const { issuer } = await oidcProvider();
    const { app, store, log } = await appWith(issuer);
    expect((await request(app).get("/api/session").set({ host })).body).toEqual({
      login: { token: false, oidc: "/api/session/oidc" },
    });
    const { answer, cookie } = await roundTrip(app);
    expect([answer.status, answer.headers["location"]]).toEqual([302, "/"]);
    const { body } = await request(app).get("/api/session").set({ host, cookie });
    expect(body.who).toMatchObject({ name: "ann@example.com", role: "operator", by: "session" });
    const write = request(app).put("/api/rules").set({ host, cookie, origin, "if-match": "*" });
    await write.send(RULES.replace("5%", "7%")).expect(200);
    expect(await store.history(1)).toMatchObject({ entries: [{ author: "ann@example.com" }] });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ name: "ann@example.com", role: "operator" }) }),
    );
  });

  it("may come back to another replica", async () => {
    const { issuer } = await oidcProvider();
    const [one, other] = [await appWith(issuer), await appWith(issuer)];
    const { answer, cookie } = await roundTrip(one.app, other.app);
    expect(answer.status).toBe(302);
    await request(one.app).get("/api/rules").set({ host, cookie }).expect(200);
  });

  it("has what the groups give today, and nothing once they give nothing", async () => {
    const { issuer } = await oidcProvider();
    const { cookie } = await roundTrip((await appWith(issuer)).app);
    const lowered = await appWith(issuer, { roles: { product: "viewer" } });
    expect((await request(lowered.app).get("/api/session").set({ host, cookie })).body.who.role).toBe("viewer");
    const without = await appWith(issuer, { roles: { others: "admin" } });
    await request(without.app).get("/api/rules").set({ host, cookie }).expect(401);
    const moved = await appWith("https://another.example");
    await request(moved.app).get("/api/rules").set({ host, cookie }).expect(401);
  });
});

describe("a login is refused, and the log says why, when", () => {
  it.each([
    ["the provider says no", { error: "access_denied" }, /access_denied/],
    ["the ID token is for another client", { audience: "another" }, /aud/],
    ["the ID token is of another issuer", { issuer: "https://evil.example" }, /iss/],
    ["the ID token was made for another login", { nonce: "another" }, /nonce/],
    ["the ID token is signed by somebody else", { foreignKey: true }, /signature|key/i],
    ["the ID token has expired", { ahead: -400 }, /exp|timestamp/i],
    [
      "the person is in no group that gives a role",
      { claims: { sub: "1", email: "bob@x", groups: ["x"] } },
      /bob@x is in no/,
    ],
    ["no claim has groups", { claims: { sub: "1", email: "bob@x" } }, /no claim groups/],
    [
      "a group is called like what objects have",
      { claims: { sub: "1", email: "b", groups: ["constructor"] } },
      /no group/,
    ],
    ["no claim has a name", { claims: { sub: "1", groups: ["ml"] } }, /no claim email/],
    [
      "the address is not verified",
      { claims: { sub: "1", email: "bob@x", email_verified: false, groups: ["ml"] } },
      /verified/,
    ],
  ])("%s", async (_, behaviour, why) => {
    const provider = await oidcProvider();
    Object.assign(provider.behaviour, behaviour);
    const { app, log } = await appWith(provider.issuer);
    const { answer, cookie } = await roundTrip(app);
    expect([answer.status, answer.body.error.code, cookie]).toEqual([401, "login_refused", ""]);
    expect(answer.body.error.message).toMatch(why);
    expect(log.said("warn")).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toMatch(/s3cret|code=/);
  });

  it("the browser has not begun it, or has begun another", async () => {
    const { issuer } = await oidcProvider();
    const { app } = await appWith(issuer);
    const first = await roundTrip(app);
    const second = await roundTrip(app);
    const path = `${first.url.pathname}${first.url.search}`;
    expect((await request(app).get(path).set({ host }).expect(400)).body.error.code).toBe("login_not_begun");
    const mixed = await request(app).get(path).set({ host, cookie: second.login }).expect(401);
    expect(mixed.body.error.message).toMatch(/state/);
  });

  it("a code is used a second time", async () => {
    const { issuer } = await oidcProvider();
    const { app } = await appWith(issuer);
    const { url, login } = await roundTrip(app);
    const again = await request(app).get(`${url.pathname}${url.search}`).set({ host, cookie: login }).expect(401);
    expect(again.body.error.message).toMatch(/invalid_grant/);
  });
});

describe("a provider", () => {
  it("may have a clock that is some seconds off", async () => {
    const provider = await oidcProvider();
    const { app } = await appWith(provider.issuer);
    for (const ahead of [20, -320]) {
      provider.behaviour.ahead = ahead;
      expect((await roundTrip(app)).answer.status).toBe(302);
    }
  });

  it("that cannot be reached is named in the answer, and asked again at the next login", async () => {
    const { app } = await appWith("http://127.0.0.1:1");
    for (let i = 0; i < 2; i++) {
      const { body } = await request(app).get("/api/session/oidc").set({ host }).expect(502);
      expect(body.error).toMatchObject({
        code: "provider_unavailable",
        message: expect.stringMatching(/ECONNREFUSED|bad port/),
      });
    }
  });
});
