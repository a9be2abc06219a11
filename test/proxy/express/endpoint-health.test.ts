import { describe, expect, it } from "vitest";
import { EndpointHealth } from "../../../src/proxy/express/endpoint-health.ts";

const SECOND = 1_000;

/** Left out since 0. */
function leftOut(): EndpointHealth {
  const health = new EndpointHealth();
  for (let i = 0; i < 3; i++) health.failed("reset", 0);
  return health;
}

describe("the health of an endpoint", () => {
  it("is lost with three failures in a row", () => {
    const health = new EndpointHealth();
    health.failed("connect_refused", 0);
    health.failed("reset", 0);
    expect(health.isOut).toBe(false);
    health.failed("connect_timeout", 0);
    expect(health.isOut).toBe(true);
    expect(health.mayBeAsked(SECOND - 1)).toBe(false);
  });

  it("is not lost with failures that have an answer between them", () => {
    const health = new EndpointHealth();
    for (let i = 0; i < 10; i++) {
      health.failed("reset", 0);
      health.failed("reset", 0);
      health.worked();
    }
    expect(health.isOut).toBe(false);
  });

  it("is not lost with what the model does wrong, or the client", () => {
    const health = new EndpointHealth();
    for (const failure of ["http_5xx", "truncated", "idle_timeout", "error_event", "bad_json", "empty"] as const) {
      for (let i = 0; i < 5; i++) health.failed(failure, 0);
    }
    expect(health.isOut).toBe(false);
  });

  it("is tried with one request a pause, and comes back with an answer", () => {
    const health = leftOut();
    expect(health.mayBeAsked(SECOND)).toBe(true);
    expect(health.mayBeAsked(SECOND)).toBe(false);
    health.worked();
    expect(health.isOut).toBe(false);
    expect(health.mayBeAsked(SECOND)).toBe(true);
    expect(health.mayBeAsked(SECOND)).toBe(true);
  });

  it("is tried half as often after each trial that failed, and every 30 seconds in the end", () => {
    const health = leftOut();
    const pauses: number[] = [];
    for (let now = 0, last = 0; pauses.length < 8; now += SECOND) {
      if (!health.mayBeAsked(now)) continue;
      pauses.push((now - last) / SECOND);
      last = now;
      health.failed("connect_refused", now);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it("is not tried later because of requests that were in hand already", () => {
    const health = leftOut();
    for (let i = 0; i < 50; i++) health.failed("reset", 500);
    expect(health.mayBeAsked(SECOND)).toBe(true);
  });

  it("is tried again when nothing is heard of a trial", () => {
    const health = leftOut();
    expect(health.mayBeAsked(SECOND)).toBe(true);
    expect(health.mayBeAsked(2 * SECOND)).toBe(true);
  });
});

describe("the health of an endpoint that is asked how it is", () => {
  it("is lost with the third bad word in a row, and comes back with a good one", () => {
    const health = new EndpointHealth();
    health.probed(true);
    health.probed(false);
    health.probed(false);
    expect(health.isOut).toBe(false);
    health.probed(false);
    expect(health.isOut).toBe(true);
    health.probed(true);
    expect(health.isOut).toBe(false);
  });

  it("is not given to a new one before its first good word, once there was a bad one", () => {
    const health = new EndpointHealth();
    health.probed(false);
    expect(health.isOut).toBe(true);
  });

  it("does not come back with an answer to a request, nor with a trial", () => {
    const health = new EndpointHealth();
    health.probed(false);
    health.worked();
    expect(health.isOut).toBe(true);
    expect(health.mayBeAsked(60 * SECOND)).toBe(false);
  });

  it("comes back with a good word also where requests have put it out", () => {
    const health = leftOut();
    health.probed(true);
    expect(health.isOut).toBe(false);
  });
});
