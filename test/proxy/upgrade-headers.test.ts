import { describe, expect, it } from "vitest";
import { requestHeaders, requestIdOf, responseHeaders } from "../../src/proxy/upgrade/headers.ts";
import type { Decision } from "../../src/routing/decision.ts";

const trusted = { address: "10.0.0.9", trusted: true };
const stranger = { address: "203.0.113.5", trusted: false };

/** The headers sent on, as lower-case `name: value` lines. */
function sentOn(raw: string[], peer = trusted): string[] {
  return lines(requestHeaders(raw, { peer, host: "model:8000", secure: false, requestId: "id-1" }));
}

function lines(raw: readonly string[]): string[] {
  const all: string[] = [];
  for (let i = 0; i < raw.length; i += 2) all.push(`${raw[i]?.toLowerCase()}: ${raw[i + 1]}`);
  return all;
}

const OURS = ["host: model:8000", "x-forwarded-for: 10.0.0.9", "x-forwarded-proto: http", "x-request-id: id-1"];

describe("the headers that the endpoint gets", () => {
  it("are the client's, several of one name in their order, and its host as X-Forwarded-Host", () => {
    const sent = sentOn(["Host", "api.example", "A", "1", "a", "2", "__proto__", "x"]);
    expect(sent).toEqual([
      "host: model:8000",
      "a: 1",
      "a: 2",
      "__proto__: x",
      "x-forwarded-for: 10.0.0.9",
      "x-forwarded-proto: http",
      "x-forwarded-host: api.example",
      "x-request-id: id-1",
    ]);
  });

  it.each([
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Expect",
  ])("are without %s", (name) => {
    expect(sentOn([name, "x"])).toEqual(OURS);
  });

  it("are without those that Connection names, which cannot name ours away", () => {
    const named = "x-secret, X-Forwarded-For , x-request-id, host";
    expect(sentOn(["Connection", named, "X-Secret", "1", "Connection", "x-two", "X-Two", "2"])).toEqual(OURS);
  });

  it.each(["x-canary-track", "X_Canary_Track", "x-canary_route", "X_Forwarded_For", "Content_Length", "X_Real_IP"])(
    "are without a client's %s",
    (name) => {
      expect(sentOn([name, "1"])).toEqual(OURS);
    },
  );

  it("keep other names with an underscore", () => {
    expect(sentOn(["api_key", "k"])).toContain("api_key: k");
  });

  it("continue what a trusted peer says of whom it forwards for", () => {
    const sent = sentOn([
      ...["X-Forwarded-For", "1.2.3.4", "X-Forwarded-For", "5.6.7.8", "X-Forwarded-Proto", "https"],
      ...["X-Forwarded-Host", "public", "Host", "inner", "Forwarded", "for=1.2.3.4", "X-Real-IP", "1.2.3.4"],
    ]);
    expect(sent).toContain("x-forwarded-for: 1.2.3.4, 5.6.7.8, 10.0.0.9");
    expect(sent).toContain("x-forwarded-proto: https");
    expect(sent).toContain("x-forwarded-host: public");
    expect(sent).toContain("forwarded: for=1.2.3.4");
    expect(sent).toContain("x-real-ip: 1.2.3.4");
  });

  it("replace what anybody else says", () => {
    const said = ["X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "1"];
    const sent = sentOn([...said, "Forwarded", "for=1", "X-Real-IP", "1", "X-Canary", "always"], stranger);
    expect(sent).toEqual(OURS.map((line) => line.replace(trusted.address, stranger.address)));
  });
});

describe("the request id", () => {
  it("is kept when it is sane", () => {
    expect(requestIdOf(["X-Request-Id", "abc-123/x"])).toBe("abc-123/x");
  });

  it.each([[["x-request-id", "a b"]], [["x-request-id", "a".repeat(129)]], [["x-request-id", ""]], [[]]])(
    "is made anew otherwise",
    (raw: string[]) => {
      expect(requestIdOf(raw)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("the headers that the client gets", () => {
  const version = { version: "2026-11", endpoints: [] };
  const decision = {
    route: { name: "chat" },
    rule: { name: "früh", when: [], shares: [] },
    version,
    track: "candidate",
    reason: "share",
  } as unknown as Decision;
  const ours = [
    "x-canary-route: chat",
    "x-canary-version: 2026-11",
    "x-canary-track: candidate",
    `x-canary-rule: ${Buffer.from("früh").toString("latin1")}`,
    "x-request-id: id-1",
  ];

  it("are the endpoint's without those of the connection and those it names, then who answered", () => {
    const raw = [
      "Connection",
      "x-inner",
      "X-Inner",
      "1",
      "Keep-Alive",
      "timeout=5",
      "Set-Cookie",
      "a",
      "Set-Cookie",
      "b",
    ];
    expect(lines(responseHeaders(raw, decision, "id-1"))).toEqual(["set-cookie: a", "set-cookie: b", ...ours]);
  });

  it("let no endpoint speak for the router", () => {
    const raw = ["x-canary-version", "other", "X-Request-Id", "other", "Connection", "x-canary-route"];
    expect(lines(responseHeaders(raw, decision, "id-1"))).toEqual(ours);
  });
});
