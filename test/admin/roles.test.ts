import request from "supertest";
import { describe, expect, it } from "vitest";
import { tokenBook } from "../../src/admin/access/tokens.ts";
import { endpoints } from "../../src/admin/endpoints.ts";
import { ROLES } from "../../src/config/roles.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { digestOf, setUp } from "./kit.ts";

const tokens = tokenBook(
  "root",
  ROLES.map((role) => ({ name: `a-${role}`, role, sha256: digestOf(role) })),
);

describe("the API", () => {
  it("lets each role do what it is for, and nothing above it", async () => {
    const { app, parts } = await setUp({ tokens });
    for (const { method, path, needs } of endpoints(parts)) {
      for (const role of ROLES) {
        const asked = request(app)[method](path.replaceAll(/[{}]/g, "")).set("authorization", `Bearer ${role}`);
        const { status, body } = await asked;
        const may = needs === "anyone" || ROLES.indexOf(role) >= ROLES.indexOf(needs);
        expect([method, path, role, status === 403]).toEqual([method, path, role, !may]);
        if (!may) expect(body.error.code).toBe("forbidden");
      }
    }
  });

  it("takes the plain token of the settings for an admin's", async () => {
    const { app } = await setUp({ tokens });
    await request(app).put("/api/rules").set("authorization", "Bearer root").set("if-match", "*").send("x").expect(422);
  });

  it("takes no digest for its token", async () => {
    const { app } = await setUp({ tokens });
    await request(app)
      .get("/api/rules")
      .set("authorization", `Bearer ${digestOf("admin")}`)
      .expect(401);
  });

  it("logs who was refused what, and no token", async () => {
    const log = memoryLog();
    const { app } = await setUp({ tokens, log });
    await request(app).put("/api/rules").set("authorization", "Bearer viewer").expect(403);
    await request(app).get("/api/rules").set("authorization", "Bearer s3cret").expect(401);
    expect(log.lines.map(({ fields }) => fields)).toMatchObject([
      { name: "a-viewer", method: "PUT", path: "/api/rules", error: { code: "forbidden" } },
      { name: undefined, method: "GET", path: "/api/rules", error: { code: "unauthorized" } },
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/s3cret|Bearer [^…]/);
  });

  it("stops logging whoever goes on with wrong tokens, and lets those in who have a right one", async () => {
    const log = memoryLog();
    const { app } = await setUp({ tokens, log });
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await request(app).get("/api/rules")).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
    expect(log.said("warn")).toHaveLength(20);
    const told = await request(app).get("/api/rules").expect(429);
    expect(Number(told.headers["retry-after"])).toBeGreaterThan(0);
    await request(app).get("/api/rules").set("authorization", "Bearer viewer").expect(200);
  });
});
