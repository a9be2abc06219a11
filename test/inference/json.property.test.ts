import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askedOfBody } from "../../src/inference/asked.ts";
import { scalarAt } from "../../src/inference/json-pointer.ts";
import { findModel, replaceModel } from "../../src/inference/model-in-body.ts";

const JSON_TYPE = "application/json";
const NAMES = [
  "model",
  "stream",
  "user",
  "messages",
  "input",
  "content",
  "type",
  "image_url",
  "a",
  "",
  "mode",
  "models",
];

/** Strings that are hard on a scanner: quotes, backslashes, braces, controls, long runs, other scripts. */
const hardText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc
    .array(fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "\n", "\u0000", "é", "🍓", "model"), {
      maxLength: 70,
    })
    .map((pieces) => pieces.join("")),
  fc.integer({ min: 20, max: 90 }).map((length) => "A".repeat(length)),
  fc.constantFrom(...NAMES, "image", "file_id"),
);
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    hardText,
    fc.oneof(fc.boolean(), fc.constant(null), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), hardText), tie("value"), { maxKeys: 5 }),
  ),
}));
const entries = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.oneof(fc.constantFrom(...NAMES), hardText), anything) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("model"), hardText) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("stream"), fc.boolean()) },
  ),
  { maxLength: 8 },
);

/** How one JSON document is written: white space anywhere, any char of a string as `\uXXXX`, keys that come twice. */
interface Style {
  readonly space: readonly string[];
  readonly escapeEvery: number;
}
const style: fc.Arbitrary<Style> = fc.record({
  space: fc.array(fc.constantFrom("", "", " ", "\n", "\r\n\t ", "   "), { minLength: 1, maxLength: 7 }),
  escapeEvery: fc.integer({ min: 1, max: 9 }),
});

function written(keys: readonly (readonly [string, unknown])[], { space, escapeEvery }: Style): string {
  let turn = 0;
  const gap = () => space[turn++ % space.length] ?? "";
  const string = (text: string) => {
    const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
    const odd = units.some((unit, i) => (unit & 0xf800) === 0xd800 || i % escapeEvery !== 0);
    if (!odd) return JSON.stringify(text);
    return `"${units
      .map((unit, i) => {
        const plain = JSON.stringify(String.fromCharCode(unit)).slice(1, -1);
        const surrogate = (unit & 0xf800) === 0xd800;
        return i % escapeEvery === 1 || surrogate ? `\\u${unit.toString(16).padStart(4, "0")}` : plain;
      })
      .join("")}"`;
  };
  const value = (of: unknown): string => {
    if (typeof of === "string") return gap() + string(of) + gap();
    if (Array.isArray(of)) return `${gap()}[${of.length === 0 ? gap() : of.map(value).join(",")}]${gap()}`;
    if (typeof of === "object" && of !== null) return object(Object.entries(of));
    return gap() + JSON.stringify(of) + gap();
  };
  const object = (of: readonly (readonly [string, unknown])[]): string =>
    `${gap()}{${of.length === 0 ? gap() : of.map(([key, inside]) => `${gap()}${string(key)}${gap()}:${value(inside)}`).join(",")}}${gap()}`;
  return object(keys);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function parsed(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("no object");
  return { ...value };
}

function lookUp(document: unknown, steps: readonly string[]): unknown {
  let at = document;
  for (const step of steps) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    if (Array.isArray(at) && !/^(0|[1-9]\d*)$/.test(step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

/** Every way into a document, and one that leads nowhere. */
function pointersOf(value: unknown, before: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [[...before], [...before, "x"]];
  return Object.entries(value).flatMap(([key, inside]) => pointersOf(inside, [...before, key]));
}

function scalarText(value: unknown): string | undefined {
  return typeof value === "string" ? byteString(value) : undefined;
}

describe("a body that is JSON", () => {
  it("has the model that JSON.parse finds in it", () => {
    fc.assert(
      fc.property(entries, style, (keys, how) => {
        const text = written(keys, how);
        const document = parsed(text);
        const asked = askedOfBody("POST", "/v1/chat/completions", "", JSON_TYPE, bytes(text), true);
        expect(asked.model).toBe(scalarText(document["model"]));
        expect(asked.stream).toBe(document["stream"] === true);
      }),
      { numRuns: 1500 },
    );
  });

  it("has under every pointer what JSON.parse finds there", () => {
    fc.assert(
      fc.property(entries, style, (keys, how) => {
        const text = written(keys, how);
        const document = parsed(text);
        for (const steps of pointersOf(document).filter(({ length }) => length > 0)) {
          const expected = lookUp(document, steps);
          const found = scalarAt(bytes(text), steps.map(byteString));
          if (typeof expected === "number") expect(Number(found)).toBe(expected);
          else if (typeof expected === "boolean") expect(found).toBe(String(expected));
          else expect(found).toBe(scalarText(expected));
        }
      }),
      { numRuns: 700 },
    );
  });

  it("has another model after replacing it, and is the same otherwise", () => {
    fc.assert(
      fc.property(entries, style, hardText, (keys, how, to) => {
        const text = written(keys, how);
        const document = parsed(text);
        const changed = replaceModel(JSON_TYPE, bytes(text), byteString(to));
        if (typeof document["model"] !== "string") {
          expect(changed).toBeUndefined();
          return;
        }
        const wellFormed = Buffer.from(to, "utf8").toString("utf8");
        expect(parsed(new TextDecoder().decode(changed))).toEqual({ ...document, model: wellFormed });
      }),
      { numRuns: 700 },
    );
  });
});

describe("a body that is cut off", () => {
  /** All that can be found in a body; a part of it may know less, never something else. */
  function told(body: Uint8Array): unknown[] {
    const { model, stream } = askedOfBody("POST", "/v1/chat/completions", "", JSON_TYPE, body, false);
    const place = findModel(JSON_TYPE, body);
    const pointed = [["model"], ["a", "0"], ["messages", "content", "type"]].map((steps) => scalarAt(body, steps));
    return [model, stream, place?.start, place?.end, ...pointed];
  }

  it("invents nothing, wherever it is cut", () => {
    fc.assert(
      fc.property(entries, style, (keys, how) => {
        const whole = bytes(written([...new Map(keys)].slice(-4), how));
        const truth = told(whole);
        const lies = [];
        for (let length = 0; length < whole.length; length++) {
          const found = told(whole.subarray(0, length));
          if (found.some((fact, i) => fact !== undefined && fact !== truth[i])) lies.push({ length, found });
        }
        expect(lies).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("any bytes", () => {
  const types = fc.constantFrom(JSON_TYPE, "multipart/form-data; boundary=b", undefined);
  const pieces = fc
    .array(
      fc.oneof(
        fc.constantFrom('{"', '"', "\\", ":", ",", "}", "[", "]", "model", "messages", "input", "true", "1e", "\r\n"),
        fc.constantFrom(
          "--b",
          "--b--",
          "\r\n--b\r\n",
          'Content-Disposition: form-data; name="model"',
          "\r\n\r\n",
          "\r",
        ),
        fc.uint8Array({ maxLength: 6 }).map((some) => Buffer.from(some).toString("latin1")),
      ),
      { maxLength: 60 },
    )
    .map((all) => Buffer.from(all.join(""), "latin1"));

  it("are read without throwing", () => {
    fc.assert(
      fc.property(pieces, types, fc.boolean(), (body, type, whole) => {
        for (const path of ["/v1/chat/completions", "/my/own", "/invocations"]) {
          askedOfBody("POST", path, "", type, body, whole);
        }
        const place = findModel(type, body);
        if (place !== undefined) expect(place.end).toBeGreaterThanOrEqual(place.start);
        scalarAt(body, ["model", "0", "input"]);
        replaceModel(type, body, "x");
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["brackets", "[".repeat(1 << 20)],
    ["messages in messages", '{"messages":'.repeat(1 << 16)],
    ["content in content", `{"messages":${'[{"content":'.repeat(1 << 16)}`],
    ["backslashes", `{"messages":"${"\\".repeat(1 << 20)}`],
    ["escaped quotes", `{"messages":"${'\\"'.repeat(1 << 19)}","model":"m"}`],
    ["pointers", '{"a":'.repeat(1 << 17)],
  ])("cost little, even a megabyte of %s", (_, text) => {
    const body = bytes(text);
    const started = performance.now();
    askedOfBody("POST", "/v1/chat/completions", "", JSON_TYPE, body, true);
    scalarAt(body, ["a", "a", "a"]);
    findModel(JSON_TYPE, body);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("cost little in a form, even a megabyte of line ends", () => {
    const body = bytes(`--b\r\n\r\n\r\n${"\r\n--".repeat(1 << 18)}`);
    const started = performance.now();
    findModel("multipart/form-data; boundary=b", body);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
