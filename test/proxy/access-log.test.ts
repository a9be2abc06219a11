import { describe, expect, it } from "vitest";
import { type AccessEntry, accessLog } from "../../src/proxy/access-log.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import { startEcho, startRaw } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

const OK: Outcome = { status: 200, failure: undefined, firstByte: 30.126, duration: 60, overhead: 0.0612 };
const ENTRY = { requestId: "r-1", method: "POST", path: "/v1/chat", decision: undefined, labels: undefined } as const;

/** A log of a share, with dice thrown in turn, and what it has written. */
function logOf(share: number, ...dice: number[]) {
  const lines: string[] = [];
  const now = () => new Date("2026-11-24T12:00:00Z");
  const log = accessLog(
    share,
    () => dice.shift() ?? 0.5,
    now,
    (line) => lines.push(line),
  );
  return { log: (entry: Partial<AccessEntry>) => log({ ...ENTRY, outcome: OK, ...entry }), lines };
}

describe("the access log", () => {
  it("says in one line of JSON what became of a request", () => {
    const { log, lines } = logOf(1);
    log({});
    expect(lines).toEqual([
      '{"time":"2026-11-24T12:00:00.000Z","requestId":"r-1","method":"POST","path":"/v1/chat","status":200,' +
        '"firstByteMs":30.13,"durationMs":60,"overheadMs":0.06}\n',
    ]);
  });

  it("has a share of the requests, and every one that failed", () => {
    const { log, lines } = logOf(0.1, 0.0999, 0.1);
    log({ requestId: "drawn" });
    log({ requestId: "not drawn" });
    log({ requestId: "failed", outcome: { ...OK, failure: "error_event" } });
    log({ requestId: "refused", outcome: { status: 503, duration: 1 } });
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(["drawn", "failed", "refused"]);
  });

  it("keeps what a client sends on one line, and short", () => {
    const { log, lines } = logOf(1);
    log({ path: `/\n"},{"forged":1${"x".repeat(5_000)}` });
    const [line = ""] = lines;
    expect(line.trimEnd()).not.toContain("\n");
    expect(line.length).toBeLessThan(600);
    expect(JSON.parse(line)).not.toHaveProperty("forged");
  });
});

describe("a lane with an access log", () => {
  it("notes every request once, with its decision, and nothing of its query", async () => {
    const entries: AccessEntry[] = [];
    const { url } = await laneTo((await using(startEcho())).url, { access: (entry) => entries.push(entry) });
    const answer = await fetch(`${url}/v1/chat/completions?key=secret`, { method: "POST", body: "{}" });
    await answer.text();
    expect(entries).toMatchObject([
      {
        requestId: answer.headers.get("x-request-id"),
        method: "POST",
        path: "/v1/chat/completions",
        decision: { version: { version: "v1" } },
        labels: { customerType: "standard" },
        outcome: { status: 200 },
      },
    ]);
  });

  it("notes what failed, and what was refused before it was decided", async () => {
    const entries: AccessEntry[] = [];
    const resetting = await using(startRaw((socket) => socket.once("data", () => socket.resetAndDestroy())));
    const access = (entry: AccessEntry) => void entries.push(entry);
    const failing = await laneTo(resetting.url, { access });
    await (await fetch(`${failing.url}/v1/chat/completions`, { method: "POST", body: "{}" })).text();
    const empty = await laneTo(resetting.url, { access, noRules: true });
    await (await fetch(`${empty.url}/v1/models`)).text();
    expect(entries).toMatchObject([
      { outcome: { status: 502, failure: "reset" }, decision: {} },
      { outcome: { status: 503 }, decision: undefined, path: "/v1/models", method: "GET" },
    ]);
  });
});
