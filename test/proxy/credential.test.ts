import { describe, expect, it } from "vitest";
import { credentialOf } from "../../src/proxy/identities.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
const of = (headers: Readonly<Record<string, string>>) => credentialOf((name) => headers[name]);

describe("the credential of a request", () => {
  it.each([
    ["nothing", {}, undefined],
    ["an empty key", { "x-api-key": "" }, undefined],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }, undefined],
    ["a scheme without a token", { authorization: "Bearer " }, undefined],
    ["a signed token", { authorization: `Bearer ${JWT}` }, { kind: "jwt", token: JWT }],
    ["the scheme in any case", { authorization: `bEARER  ${JWT}` }, { kind: "jwt", token: JWT }],
    ["a token without a signature", { authorization: "Bearer eyJ9.e30." }, { kind: "jwt", token: "eyJ9.e30." }],
    ["an encrypted token", { authorization: `Bearer ${JWT}.a.b` }, { kind: "opaque", token: `${JWT}.a.b` }],
    ["an opaque bearer token", { authorization: "Bearer sk-live-1" }, { kind: "opaque", token: "sk-live-1" }],
    ["a key with two dots in it", { authorization: "Bearer sk.live.1" }, { kind: "opaque", token: "sk.live.1" }],
    ["the key of Anthropic's API", { "x-api-key": "sk-ant-1" }, { kind: "opaque", token: "sk-ant-1" }],
    ["the key of Azure's API", { "api-key": "0123" }, { kind: "opaque", token: "0123" }],
    ["a bearer token before a key", { authorization: "Bearer a", "x-api-key": "b" }, { kind: "opaque", token: "a" }],
    ["a key beside another scheme", { authorization: "Basic YTpi", "x-api-key": "b" }, { kind: "opaque", token: "b" }],
  ])("is found in %s", (_, headers, expected) => {
    expect(of(headers)).toEqual(expected);
  });

  it("is found in a header of 60 KB without looking at it again and again", () => {
    const began = performance.now();
    for (const hostile of [`Bearer ${" ".repeat(60_000)}`, `Bearer e${"y.".repeat(30_000)}`])
      of({ authorization: hostile });
    expect(performance.now() - began).toBeLessThan(200);
  });
});
