import request from "supertest";
import { describe, expect, it } from "vitest";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { RULES, setUp } from "./kit.ts";

describe("with a token, the API", () => {
  it.each([
    [undefined, 401],
    ["Bearer wrong", 401],
    ["Bearer t0ke", 401],
    ["Basic t0ken", 401],
    ["Bearer t0ken", 200],
    ["bearer t0ken", 200],
  ])("answers Authorization: %s with %d", async (authorization, status) => {
    const { app } = await setUp({ tokens: tokenBook("t0ken", []) });
    const asked = request(app).get("/api/rules");
    if (authorization !== undefined) asked.set("authorization", authorization);
    const answer = await asked.expect(status);
    if (status === 401) {
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
      expect(answer.body.error.code).toBe("unauthorized");
    }
  });

  it("is used by any name", async () => {
    const { app } = await setUp({ tokens: tokenBook("t0ken", []) });
    const asked = request(app).get("/api/rules").set("host", "router.example:8081");
    await asked.set("authorization", "Bearer t0ken").expect(200);
  });

  it.each(["/metrics", "/healthz", "/readyz"])("is not what %s belongs to", async (path) => {
    const { app } = await setUp({ tokens: tokenBook("t0ken", []) });
    await request(app).get(path).set("host", "router.example").expect(200);
  });

  it("has the metrics where the settings say so, for whoever may look", async () => {
    const { app } = await setUp({ tokens: tokenBook("t0ken", []), metricsNeed: "viewer" });
    const { body, text } = await request(app).get("/metrics").expect(401);
    expect(body.error.code).toBe("unauthorized");
    expect(text).not.toContain("up 1");
    await request(app).get("/metrics").set("authorization", "Bearer t0ken").expect(200, "up 1\n");
    await request(app).get("/healthz").expect(200);
  });

  it("takes no rules of a stranger", async () => {
    const { app, live } = await setUp({ tokens: tokenBook("t0ken", []) });
    await request(app).put("/api/rules").set("if-match", "*").send(RULES.replace("5%", "90%")).expect(401);
    expect(live.current()?.text).toBe(RULES);
  });
});

describe("without a token, the API", () => {
  it.each(["localhost", "localhost:8081", "127.0.0.1:8081", "[::1]:8081", "127.9.9.9"])(
    "is used as %s",
    async (host) => {
      const { app } = await setUp();
      await request(app).get("/api/rules").set("host", host).expect(200);
    },
  );

  it.each(["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "@"])(
    "refuses %j, which a stranger's page could have made resolve to this machine",
    async (host) => {
      const { app } = await setUp();
      const { body } = await request(app).get("/api/rules").set("host", host).expect(403);
      expect(body.error.code).toBe("wrong_host");
    },
  );
});

describe("writes", () => {
  it.each([
    ["http://evil.example", 403],
    ["null", 403],
    ["http://127.0.0.1:9999", 403],
    ["http://localhost:8081", 200],
    [undefined, 200],
  ])("from a page of %s are answered with %d", async (origin, status) => {
    const { app } = await setUp();
    const asked = request(app).post("/api/rules/check").set("host", "localhost:8081");
    if (origin !== undefined) asked.set("origin", origin);
    await asked.send(RULES).expect(status);
  });
});
