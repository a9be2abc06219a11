import { describe, expect, it } from "vitest";
import { okWith, type Recorder, startRecorder } from "../kit/recorder.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

/** Asks once with those header lines, and tells what the upstream got and the client was answered. */
async function ask(
  lines: string,
  { trusted = false, answerLines = "", line = "GET / HTTP/1.1" } = {},
): Promise<{ upstream: Recorder; answer: string }> {
  const upstream = await using(startRecorder(() => okWith("").replace("\r\n", `\r\n${answerLines}`)));
  const { lane } = await laneTo(upstream.url, { settings: { trustedProxies: trusted ? ["127.0.0.0/8"] : [] } });
  const client = rawClient(lane.port, `${line}\r\nHost: a.example\r\nConnection: close\r\n${lines}\r\n`);
  await client.closed;
  return { upstream, answer: client.text() };
}

const HOP_BY_HOP = [
  "Connection: keep-alive",
  "Keep-Alive: timeout=5",
  "Proxy-Connection: keep-alive",
  "Proxy-Authenticate: Basic",
  "Proxy-Authorization: Basic eA==",
  "Upgrade: foo",
];

describe("headers for one hop", () => {
  it.each(HOP_BY_HOP)("%s goes no further in either direction", async (line) => {
    const [name = ""] = line.split(":");
    const { upstream, answer } = await ask(`${line}\r\n`, { answerLines: `${line}\r\n` });
    expect(upstream.values(name.toLowerCase())).toEqual([]);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toContain(line);
  });

  it("are also those that Connection names, in both directions", async () => {
    const lines =
      "Connection: x-one\r\nX-One: 1\r\nx-ONE: 2\r\nConnection:  ,X-Two,\tclose\r\nX-Two: 3\r\nX-Kept: 4\r\n";
    const { upstream, answer } = await ask(lines, { answerLines: lines });
    const names = upstream.requests[0]?.fields.map(([name]) => name);
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/^x-(one|two)$/)]));
    expect(upstream.values("x-kept")).toEqual(["4"]);
    expect(answer).not.toMatch(/x-(one|two)/i);
    expect(answer).toContain("X-Kept: 4\r\n");
  });

  it.each([
    ["TE: trailers\r\n"],
    ["TE: gzip;q=0.5, trailers\r\n"],
    ["TE: trailers\r\nConnection: TE\r\n"],
    ["te:Trailers\r\n"],
  ])("but %j stays, as trailers alone", async (lines) => {
    const { upstream } = await ask(lines);
    expect(upstream.values("te")).toEqual(["trailers"]);
    expect(upstream.values("connection")).toEqual(["TE"]);
  });

  it("and nothing else of TE does", async () => {
    const { upstream } = await ask("TE: gzip, xtrailers\r\n");
    expect([...upstream.values("te"), ...upstream.values("connection")]).toEqual([]);
  });
});

describe("what Connection names", () => {
  it.each([true, false])("cannot take away what we say ourselves (trusted: %s)", async (trusted) => {
    const named =
      "x-forwarded-for, x-forwarded-proto, x-forwarded-host, x-request-id, x-canary-route, x-canary-version";
    const sent =
      "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: b\r\nX-Request-Id: r-1\r\n";
    const lines = `Connection: ${named}\r\n`;
    const { upstream, answer } = await ask(lines + sent, { trusted, answerLines: `${lines}X-Canary-Route: mine\r\n` });
    expect(upstream.values("x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(upstream.values("x-forwarded-proto")).toEqual(["http"]);
    expect(upstream.values("x-forwarded-host")).toEqual(["a.example"]);
    expect(upstream.values("x-request-id")).toHaveLength(1);
    for (const [name, value] of [
      ["route", "chat"],
      ["version", "v1"],
      ["track", "stable"],
      ["rule", "none"],
    ]) {
      expect(answer.match(new RegExp(`^x-canary-${name}: .*$`, "gim"))).toEqual([`x-canary-${name}: ${value}`]);
    }
    expect(answer.match(/^x-request-id: .*$/gim)).toEqual([`x-request-id: ${upstream.values("x-request-id")[0]}`]);
  });
});

const CLAIMS =
  "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nX-Forwarded-Port: 1\r\n" +
  "X-Forwarded-Prefix: /x\r\nx-FORWARDED-user: root\r\nForwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\n";

describe("on whose behalf a request comes", () => {
  const CLAIMING = /^(forwarded|x-real-ip|x-forwarded-.*)$/;

  it("is what we saw, whatever an untrusted peer claims", async () => {
    const { upstream } = await ask(CLAIMS + CLAIMS);
    expect(upstream.requests[0]?.fields.filter(([name]) => CLAIMING.test(name)).sort()).toEqual([
      ["x-forwarded-for", "127.0.0.1"],
      ["x-forwarded-host", "a.example"],
      ["x-forwarded-proto", "http"],
    ]);
  });

  it("is what a trusted peer says, and after it the peer", async () => {
    const { upstream } = await ask(CLAIMS, { trusted: true });
    expect(upstream.values("x-forwarded-for")).toEqual(["9.9.9.9, 127.0.0.1"]);
    expect(upstream.values("x-forwarded-proto")).toEqual(["https"]);
    expect(upstream.values("x-forwarded-host")).toEqual(["b"]);
    expect(upstream.values("forwarded")).toEqual(["for=9.9.9.9"]);
    expect(upstream.values("x-real-ip")).toEqual(["9.9.9.9"]);
  });

  it("is the whole list of a trusted peer that wrote it in several lines", async () => {
    const { upstream } = await ask("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n", { trusted: true });
    expect(upstream.values("x-forwarded-for").join(", ")).toBe("1.1.1.1, 2.2.2.2, 127.0.0.1");
  });

  it.each([true, false])("is never said by x-canary-* (trusted: %s)", async (trusted) => {
    const { upstream } = await ask("X-Canary-Route: a\r\nx-canary-made-up: b\r\nX-Canary: always\r\n", { trusted });
    expect(upstream.requests[0]?.fields.filter(([name]) => name.startsWith("x-canary"))).toEqual([]);
  });

  it("cannot be said by look-alikes", async () => {
    const { upstream } = await ask("X_Forwarded_For: 9.9.9.9\r\nX_Customer_Type: internal\r\nx_canary: always\r\n");
    expect(upstream.requests[0]?.fields.filter(([name]) => name.includes("_"))).toEqual([]);
  });
});

describe("header names and values", () => {
  it("are data, whatever they are called in a language", async () => {
    const lines = "constructor: c\r\ntoString: t\r\nhasOwnProperty: h\r\n";
    const { upstream, answer } = await ask(lines, { answerLines: `__proto__: p\r\n${lines}` });
    for (const name of ["constructor", "tostring", "hasownproperty"]) expect(upstream.values(name)).toHaveLength(1);
    expect(answer).toContain(`__proto__: p\r\n${lines}`);
  });

  it("arrive in their order, with their case, blanks and bytes above 0x7f", async () => {
    const lines = "X-B: 1\r\nx-a:2\r\nX-B:\t3 , 4 \r\nX-Empty:\r\nX-Latin: \xe9\xff\r\n";
    const { upstream, answer } = await ask(lines, { answerLines: lines });
    expect(upstream.requests[0]?.raw).toContain(lines);
    expect(answer).toContain(lines);
  });
});

describe("the host", () => {
  it("that a request was for is told beside the endpoint's own", async () => {
    const { upstream } = await ask("");
    expect(upstream.values("host")).toEqual([`127.0.0.1:${upstream.port}`]);
    expect(upstream.values("x-forwarded-host")).toEqual(["a.example"]);
  });

  it.each([
    ["GET http://b.example:81/x?y HTTP/1.1", "/x?y", "b.example:81"],
    ["GET HTTP://b.example HTTP/1.1", "/", "b.example"],
    ["GET http://b.example?y HTTP/1.1", "/?y", "b.example"],
    ["OPTIONS http://b.example HTTP/1.1", "*", "b.example"],
    ["GET https://[::1]:8443//x HTTP/1.1", "//x", "[::1]:8443"],
  ])("follows the target of %s", async (line, target, host) => {
    const { upstream, answer } = await ask("", { line });
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(upstream.requests[0]?.target).toBe(target);
    expect(upstream.values("x-forwarded-host")).toEqual([host]);
  });
});
