import { describe, expect, it } from "vitest";
import { credentialsOf } from "../../src/proxy/identities.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
const of = (headers: Readonly<Record<string, string>>) => credentialsOf((name) => headers[name]);

describe("the credentials of a request", () => {
  it.each([
    ["nothing", {}, {}],
    ["an empty key", { "x-api-key": "" }, {}],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }, {}],
    ["a scheme without a token", { authorization: "Bearer " }, {}],
    ["a signed token", { authorization: `Bearer ${JWT}` }, { token: JWT }],
    ["the scheme in any case", { authorization: `bEARER  ${JWT}` }, { token: JWT }],
    ["a token without a signature", { authorization: "Bearer eyJ9.e30." }, { token: "eyJ9.e30." }],
    ["an encrypted token", { authorization: `Bearer ${JWT}.a.b` }, { key: `${JWT}.a.b` }],
    ["an opaque bearer token", { authorization: "Bearer sk-live-1" }, { key: "sk-live-1" }],
    ["a key with two dots in it", { authorization: "Bearer sk.live.1" }, { key: "sk.live.1" }],
    ["the key of Anthropic's API", { "x-api-key": "sk-ant-1" }, { key: "sk-ant-1" }],
    ["the key of Azure's API", { "api-key": "0123" }, { key: "0123" }],
    ["an opaque bearer token before a key", { authorization: "Bearer a", "x-api-key": "b" }, { key: "a" }],
    ["a key beside another scheme", { authorization: "Basic YTpi", "x-api-key": "b" }, { key: "b" }],
    ["both", { authorization: `Bearer ${JWT}`, "api-key": "b" }, { token: JWT, key: "b" }],
  ])("are found in %s", (_, headers, expected) => {
    expect(of(headers)).toEqual(expected);
  });

  it("are found in a header of 60 KB without looking at it again and again", () => {
    const began = performance.now();
    for (const hostile of [`Bearer ${" ".repeat(60_000)}`, `Bearer e${"y.".repeat(30_000)}`]) {
      of({ authorization: hostile });
    }
    expect(performance.now() - began).toBeLessThan(200);
  });
});
