import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDACTED, redactJson } from "../../src/inference/redact-json.ts";
import { DETECTORS, type Detector, redactText } from "../../src/inference/redact-text.ts";

const all = (text: string) => redactText(text, DETECTORS);

/** A number whose last digit is the check digit of the others. */
function withCheckDigit(digits: string): string {
  for (let last = 0; last < 10; last++) {
    const number = `${digits}${last}`;
    const sum = [...number].toReversed().reduce((total, digit, i) => {
      const value = i % 2 === 0 ? Number(digit) : Number(digit) * 2;
      return total + (value > 9 ? value - 9 : value);
    }, 0);
    if (sum % 10 === 0) return number;
  }
  throw new Error("there is always one");
}

const card = fc
  .tuple(fc.constantFrom("2", "3", "4", "5", "6"), fc.stringMatching(/^\d{11,17}$/))
  .map(([first, rest]) => withCheckDigit(first + rest));
const grouped = fc
  .tuple(card, fc.constantFrom(" ", "-", ""))
  .map(([digits, between]) => (digits.match(/.{1,4}/g) ?? []).join(between));
const email = fc.emailAddress({ size: "small" });
const prose = fc.stringMatching(/^[a-z ,.!?]{0,60}$/);

describe("redacting a text", () => {
  it.each([
    ["write to bob.smith+x@mail.example.co.uk, please", "write to [email], please"],
    ["müller@bücher.example und <a@b.de>", "[email] und <[email]>"],
    ["@home and a@b and x @ y.z stay", "@home and a@b and x @ y.z stay"],
    ["my card is 4111 1111 1111 1111.", "my card is [card]."],
    ["5500-0000-0000-0004 or 340000000000009", "[card] or [card]"],
    ["ref 12 4111 1111 1111 1111 7", "ref 12 [card] 7"],
    ["4111 1111 1111 1112 has no check digit", "4111 1111 1111 1112 has no check digit"],
    ["at 1764000000000 ms, 42 times, 3.14159265358979", "at 1764000000000 ms, 42 times, 3.14159265358979"],
    ["call +49 (0)30 1234-5678 or 0049 30 12345678", "call [phone] or [phone]"],
    ["(555) 123-4567, 030 1234567, 1-555-123-4567", "[phone], [phone], [phone]"],
    ["on 2026-11-24 and 01.02.2026, version 10.0.0.11", "on 2026-11-24 and 01.02.2026, version 10.0.0.11"],
    ["key sk-proj-abcdefghijklmnop1234 here", "key [key] here"],
    ["AKIAIOSFODNN7EXAMPLE", "[key]"],
    ["Authorization: Bearer abc.def-123456", "Authorization: Bearer [key]"],
    ["password = hunter2hunter", "password = [key]"],
    ["the secret ingredient is patience", "the secret ingredient is patience"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[key]"],
    ["redis://user:pass@host:6379", "redis://[key]@host:6379"],
    ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "[key]"],
  ])("makes of %j %j", (text, wanted) => {
    expect(all(text)).toBe(wanted);
  });

  it("finds every e-mail address, whatever stands around it", () => {
    fc.assert(
      fc.property(prose, email, prose, (before, found, after) => {
        const text = `${before} ${found} ${after}`;
        expect(redactText(text, ["email"])).not.toContain(found);
        expect(redactText(text, ["email"])).toContain("[email]");
      }),
    );
  });

  it("finds every card number, in groups or not, whatever stands around it", () => {
    fc.assert(
      fc.property(prose, grouped, prose, (before, found, after) => {
        expect(redactText(`${before} ${found} ${after}`, ["card"])).toBe(`${before} [card] ${after}`);
      }),
    );
  });

  it("leaves prose as it is", () => {
    fc.assert(
      fc.property(prose, (text) => {
        expect(all(text)).toBe(text);
      }),
    );
  });

  it("has nothing more to do the second time", () => {
    const piece = fc.oneof(
      prose,
      email,
      grouped,
      fc.string(),
      fc.constantFrom("+49 30 123456", "sk-abcdefghijklmnopqrst"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const once = all(pieces.join(" "));
        expect(all(once)).toBe(once);
      }),
    );
  });

  it.each<[string, string]>([
    ["letters", "a"],
    ["signs", "@"],
    ["addresses without an end", "a@a."],
    ["digits", "4"],
    ["digits in groups", "4 "],
    ["numbers that go on", "+1("],
    ["keys that go on", "eyJaaaaaaaa."],
    ["words of secrets", "secret "],
    ["dashes", "-----BEGIN "],
    ["zeros", "0 0-"],
  ])("takes time that grows with the text: %s", (_what, unit) => {
    // Processor time of this process: others on the machine count for nothing.
    const timed = (length: number): number => {
      const text = unit.repeat(Math.ceil(length / unit.length));
      const times = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        all(text);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      });
      return Math.min(...times);
    };
    timed(4_096);
    // 32 times the text: 1,024 times the time if it grew with the square.
    expect(timed(524_288) / Math.max(timed(16_384), 100)).toBeLessThan(250);
  });
});

describe("redacting JSON", () => {
  it("puts a word in the place of what pointers lead to, in every member and element that `*` stands for", () => {
    const body = { user: "u", messages: [{ name: "bob", content: "hi" }, { content: "ho" }], deep: { user: "kept" } };
    const pointers = [["user"], ["messages", "*", "name"], ["messages", "1"], ["not", "there"]];
    expect(redactJson(body, { pointers, detect: [] })).toEqual({
      user: REDACTED,
      messages: [{ name: REDACTED, content: "hi" }, REDACTED],
      deep: { user: "kept" },
    });
  });

  it("looks into texts, names and numbers", () => {
    const body = { "a@b.de": ["4111111111111111", 4111111111111111, 17, 0.4111111111111111], n: 1764000000000 };
    expect(redactJson(body, { pointers: [], detect: DETECTORS })).toEqual({
      "[email]": ["[card]", "[card]", 17, 0.4111111111111111],
      n: 1764000000000,
    });
  });

  it("keeps no secret that its name gives away, and every token that a model made", () => {
    const body = { api_key: "x", password: "y", token: "Hello", max_tokens: 5 };
    expect(redactJson(body, { pointers: [], detect: ["key"] })).toEqual({
      api_key: "[key]",
      password: "[key]",
      token: "Hello",
      max_tokens: 5,
    });
  });

  it("keeps no text a second time in pieces, in which nothing would be found", () => {
    const pieces = { content: [{ token: "bob" }, { token: "@example" }, { token: ".com" }] };
    const body = { message: "bob@example.com", logprobs: pieces, details: { tokens: [{ text: "bob" }] }, tokens: 3 };
    expect(redactJson(body, { pointers: [], detect: ["email"] })).toEqual({
      message: "[email]",
      logprobs: REDACTED,
      details: { tokens: REDACTED },
      tokens: 3,
    });
    expect(redactJson(body, { pointers: [], detect: [] })).toEqual(body);
  });

  it("changes nothing of what is not to be redacted", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(redactJson(value, { pointers: [], detect: [] })).toEqual(value);
      }),
    );
  });

  it("leaves nothing of a value that a pointer leads to, wherever that is", () => {
    const steps = fc.array(fc.constantFrom("a", "b", "0", "__proto__"), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(steps, fc.jsonValue(), (pointer, inner) => {
        const value = pointer.reduceRight<unknown>((below, step) => Object.fromEntries([[step, below]]), inner);
        const kept = redactJson(value, { pointers: [pointer], detect: [] });
        const wanted = pointer.reduceRight<unknown>((below, step) => Object.fromEntries([[step, below]]), REDACTED);
        expect(JSON.stringify(kept)).toBe(JSON.stringify(wanted));
      }),
    );
  });

  it("finds in JSON what it finds in texts", () => {
    const detect: readonly Detector[] = ["email", "card"];
    fc.assert(
      fc.property(fc.jsonValue(), email, grouped, (value, address, number) => {
        const text = JSON.stringify(redactJson([value, { [address]: [number] }, address], { pointers: [], detect }));
        expect(text).not.toContain(address);
        expect(text).not.toContain(number);
      }),
    );
  });

  it("refuses what nests without an end", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);
    expect(() => redactJson(deep, { pointers: [], detect: [] })).toThrow(RangeError);
  });
});
