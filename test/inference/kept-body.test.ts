import { describe, expect, it } from "vitest";
import { keptBody } from "../../src/inference/kept-body.ts";
import { DETECTORS } from "../../src/inference/redact-text.ts";

const ALL = { pointers: [], detect: DETECTORS };

function event(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
}

describe("a body as it is kept", () => {
  it("is JSON without what must not be kept", () => {
    const text = '{"user":"u-1","messages":[{"role":"user","content":"I am bob@example.com"}]}';
    expect(keptBody(text, "application/json; charset=utf-8", { pointers: [["user"]], detect: DETECTORS })).toEqual({
      kind: "json",
      json: { user: "[redacted]", messages: [{ role: "user", content: "I am [email]" }] },
    });
  });

  it("of a stream is what was generated, so that an address in pieces is found", () => {
    const text = `${["write to bo", "b@exam", "ple.com or call +49 30 ", "1234567"].map(event).join("")}data: [DONE]\n\n`;
    expect(keptBody(text, "text/event-stream", ALL)).toEqual({
      kind: "stream",
      text: "write to [email] or call [phone]",
      events: 4,
    });
  });

  it("of a stream has nothing of what a pointer leads to", () => {
    const redaction = { pointers: [["choices", "*", "delta", "content"]], detect: [] };
    const kept = keptBody(event("secret") + event("words"), "text/event-stream", redaction);
    expect(JSON.stringify(kept)).not.toMatch(/secret|words/);
  });

  it("is text where it is text", () => {
    expect(keptBody("a@b.de", "text/plain", ALL)).toEqual({ kind: "text", text: "[email]" });
  });

  it.each([
    ["a picture", "image/png", "PNG", "not_text"],
    ["a form", "multipart/form-data; boundary=x", "--x", "not_text"],
    ["what does not say what it is", undefined, "{}", "not_text"],
    ["JSON that is none", "application/json", '{"user":', "unreadable"],
    ["JSON that nests without an end", "application/json", `${"[".repeat(9_999)}${"]".repeat(9_999)}`, "unreadable"],
  ])("is left out when it is %s", (_what, type, text, why) => {
    expect(keptBody(text, type, ALL)).toEqual({ kind: "left out", why });
  });
});
