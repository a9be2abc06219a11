import { describe, expect, it } from "vitest";
import { pastedRequest } from "../../../src/console/explain/pasted-request.ts";

function request(text: string) {
  const pasted = pastedRequest(text);
  if (pasted.kind === "unclear") throw new Error(pasted.why);
  return pasted.request;
}

describe("a pasted curl line", () => {
  it("is read with its method, headers and body", () => {
    const line = `$ curl -sS https://api.example.com/v1/chat/completions?beta=1 \\
      -X post -H 'X-Customer-Type: premium' \\
      -H "content-type: application/json" \\
      --data-raw '{"model": "llama", "messages": [{"role": "user", "content": "don'"'"'t"}]}'`;
    expect(request(line)).toEqual({
      method: "POST",
      path: "/v1/chat/completions?beta=1",
      headers: { "x-customer-type": "premium", "content-type": "application/json" },
      body: `{"model": "llama", "messages": [{"role": "user", "content": "don't"}]}`,
    });
  });

  it("asks by GET without a body, and as a form with one, as curl does", () => {
    expect(request("curl localhost:8080/v1/models")).toMatchObject({ method: "GET", path: "/v1/models" });
    expect(request("curl localhost:8080/v1 -d a=1 -d b=2")).toMatchObject({
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "a=1&b=2",
    });
    expect(request("curl -G localhost:8080/v1?x=1 -d a=1")).toMatchObject({ method: "GET", path: "/v1?x=1&a=1" });
  });

  it("knows options that stick to their values, and what --json means", () => {
    expect(request(`curl -XPUT "-HX-A: b" --url=http://a/b --json '{}'`)).toEqual({
      method: "PUT",
      path: "/b",
      headers: { "x-a": "b", "content-type": "application/json" },
      body: "{}",
    });
    expect(request("curl -sSd x -o /dev/null --max-time 3 http://a/b").body).toBe("x");
    expect(request("curl -u me:secret http://a/b").headers["authorization"]).toBe("Basic bWU6c2VjcmV0");
  });

  it("reads what browsers copy", () => {
    expect(request(`curl 'http://a/b' --data-raw $'{"a": "it\\'s \\u00e9"}'`).body).toBe(`{"a": "it's é"}`);
    expect(request(`curl "http://a/b" ^\r\n  -H "x-a: 1"`).headers).toEqual({ "x-a": "1" });
  });

  it("says what it cannot know", () => {
    expect(pastedRequest("curl -H a:b")).toEqual({ kind: "unclear", why: "This curl line has no URL." });
    expect(pastedRequest("curl http://a/b -d @body.json")).toMatchObject({ kind: "unclear" });
    expect(pastedRequest("hello there")).toMatchObject({ kind: "unclear" });
    expect(pastedRequest("")).toMatchObject({ kind: "unclear" });
  });
});

describe("a pasted request", () => {
  it("is read with its headers and body", () => {
    expect(request('POST /v1/chat HTTP/1.1\nHost: a\nX-Type: free\n\n{"a": 1}\n\n2')).toEqual({
      method: "POST",
      path: "/v1/chat",
      headers: { host: "a", "x-type": "free", "content-type": "application/json" },
      body: '{"a": 1}\n\n2',
    });
    expect(request("GET https://a.example/v1/models").path).toBe("/v1/models");
    expect(request("/v1/embeddings")).toMatchObject({ method: "POST", path: "/v1/embeddings" });
  });
});
