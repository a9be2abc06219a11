import { describe, expect, it } from "vitest";
import { Endpoints } from "../../src/proxy/endpoints.ts";

const three = { version: "v", endpoints: ["http://a:1", "http://b:2", "http://c:3"] };

/** Dice that fall as told. */
function loaded(...falls: number[]): () => number {
  return () => falls.shift() ?? 0;
}

describe("picking an endpoint", () => {
  it("takes the less busy of two random ones, not the least busy of all", () => {
    const endpoints = new Endpoints(loaded(0, 0, 0, 0, 0, 0.99));
    const a = endpoints.pick(three); // a and b: equal, the first
    a.inFlight = 3;
    expect(endpoints.pick(three).hostname).toBe("b"); // a and b
    expect(endpoints.pick(three).hostname).toBe("c"); // a and c
  });

  it("never draws the same one twice", () => {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) {
        const endpoints = new Endpoints(loaded(i / 3, j / 2, i / 3, j / 2));
        const first = endpoints.pick(three);
        first.inFlight = 1;
        expect(endpoints.pick(three)).not.toBe(first);
      }
    }
  });

  it("spreads evenly when all are equally busy", () => {
    const endpoints = new Endpoints();
    const counts = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const endpoint = endpoints.pick(three);
      endpoint.inFlight++;
      counts.set(endpoint.hostname, (counts.get(endpoint.hostname) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(30);
  });

  it("keeps the counts of a URL when an edit makes the version anew", () => {
    const endpoints = new Endpoints();
    const before = endpoints.pick({ version: "v", endpoints: ["http://a:1"] });
    expect(endpoints.pick({ version: "w", endpoints: ["http://a:1"] })).toBe(before);
  });

  it.each([
    ["http://h", { secure: false, hostname: "h", port: 80, authority: "h", prefix: "" }],
    ["https://h/", { secure: true, hostname: "h", port: 443, authority: "h", prefix: "" }],
    ["http://[::1]:8000/a/b/", { hostname: "::1", port: 8000, authority: "[::1]:8000", prefix: "/a/b" }],
  ])("reads %s", (url, endpoint) => {
    expect(new Endpoints().pick({ version: "v", endpoints: [url] })).toMatchObject(endpoint);
  });
});
