import request from "supertest";
import { describe, expect, it } from "vitest";
import { adminApp, type Readiness } from "../../src/admin/app.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";
import { RULES, setUp } from "./kit.ts";

describe("the admin port", () => {
  it("says that the process lives", async () => {
    const { app } = await setUp();
    await request(app).get("/healthz").expect(200, { status: "alive" });
  });

  it("says whether the router is ready, and why not", async () => {
    let readiness: Readiness = { ready: true };
    const { app } = await setUp({ readiness: () => readiness });
    await request(app).get("/readyz").expect(200, { ready: true });
    readiness = { ready: false, why: "it is shutting down" };
    await request(app).get("/readyz").expect(503, { ready: false, why: "it is shutting down" });
  });

  it("gives the metrics as Prometheus wants them", async () => {
    const { app } = await setUp();
    const { text, headers } = await request(app).get("/metrics").expect(200);
    expect(text).toBe("up 1\n");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  it("looks at one draft at a time, and refuses some where many come at once", async () => {
    let [under, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const set = await setUp();
    const rules = {
      ...set.parts.rules,
      async read(text: string) {
        most = Math.max(most, ++under);
        await new Promise<void>((resolve) => waiting.push(resolve));
        under--;
        return set.live.read(text);
      },
    };
    const app = adminApp({ ...set.parts, rules });
    const statuses: number[] = [];
    const check = async () => statuses.push((await request(app).post("/api/rules/check").send(RULES)).status);
    const all = Promise.all(Array.from({ length: 20 }, check));
    await until("four are refused", () => statuses.length === 4);
    expect(statuses).toEqual([429, 429, 429, 429]);
    await until("the others have been answered", () => {
      waiting.shift()?.();
      return statuses.length === 20;
    });
    await all;
    expect(statuses.slice(4)).toEqual(Array(16).fill(200));
    expect(most).toBe(1);
  });

  it("tells whoever explains a body nested too deeply so", async () => {
    const { app, log } = await setUp();
    const body = `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`;
    const sent = `{"path": "/v1/chat/completions", "body": ${body}}`;
    const { body: told } = await request(app).post("/api/explain").send(sent).expect(400);
    expect(told.error.message).toMatch(/nested too deeply/);
    expect(log.said("error")).toEqual([]);
  });

  it("answers what it does not know as JSON", async () => {
    const { app } = await setUp();
    await request(app)
      .get("/api/nothing?x=1")
      .expect(404, { error: { code: "not_found", message: "There is no GET /api/nothing here." } });
  });

  it("tells the log of its own failures and the client nothing", async () => {
    const log = memoryLog();
    const exposition = async () => {
      throw new Error("s3cret detail");
    };
    const { app } = await setUp({ log, metrics: { exposition, contentType: "text/plain" } });
    const { body, text } = await request(app).get("/metrics").expect(500);
    expect(body.error.code).toBe("internal");
    expect(text).not.toMatch(/s3cret|at .*\.ts/);
    expect(log.said("error")).toEqual(["a request to the admin port failed"]);
  });

  it("answers a path that cannot be decoded", async () => {
    const { app } = await setUp();
    const { body } = await request(app).patch("/api/routes/%ff/rules/x").send({ candidate: "5%" }).expect(400);
    expect(body.error.code).toBe("bad_request");
  });

  it("packs large documents and states for whoever can unpack them", async () => {
    const text = `${RULES}# ${"why ".repeat(1_000)}\n`;
    const { app } = await setUp({ text });
    const asked = (encodings: string) => request(app).get("/api/rules").set("accept-encoding", encodings).expect(200);
    const packed = await asked("gzip");
    expect(packed.headers).toMatchObject({
      "content-encoding": "gzip",
      etag: '"1"',
      vary: expect.stringMatching(/accept-encoding/i),
    });
    expect(packed.text).toBe(text);
    expect((await asked("identity")).headers).not.toHaveProperty("content-encoding");
    const small = await request(app).get("/api/session").set("accept-encoding", "gzip").expect(200);
    expect(small.headers).not.toHaveProperty("content-encoding");
  });

  it("keeps browsers careful and says nothing about itself", async () => {
    const { app } = await setUp();
    const { headers } = await request(app).get("/healthz");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
    expect(headers).not.toHaveProperty("x-powered-by");
  });
});
