import { describe, expect, it } from "vitest";
import { fieldName } from "../../../src/proxy/wire/fields.ts";
import { REQUEST_LIMITS, RequestHead } from "../../../src/proxy/wire/request-head.ts";
import { RESPONSE_LIMITS, ResponseHead } from "../../../src/proxy/wire/response-head.ts";
import {
  fieldLine,
  fieldStart,
  writeBytes,
  writeEnd,
  writeField,
  writeKept,
  writeRange,
  writeRequestLine,
  writeStatusLine,
  writeValue,
} from "../../../src/proxy/wire/write-head.ts";
import { bytesOf } from "./reading.ts";

const NOTHING = Buffer.alloc(0);

function request(text: string): RequestHead {
  const head = new RequestHead(REQUEST_LIMITS);
  const bytes = bytesOf(`xx${text}`);
  expect(head.read(bytes, 2, bytes.length)).toBe("complete");
  return head;
}

function response(text: string): ResponseHead {
  const head = new ResponseHead(RESPONSE_LIMITS);
  const bytes = bytesOf(`xx${text}`);
  expect(head.read(bytes, 2, bytes.length)).toBe("complete");
  return head;
}

function written(write: (out: Buffer, at: number) => number, room = 1_000): string | undefined {
  const out = Buffer.alloc(room + 3, "#");
  const end = write(out, 3);
  if (end >= 0) expect(out.subarray(end).every((byte) => byte === 0x23)).toBe(true);
  return end < 0 ? undefined : out.toString("latin1", 3, end);
}

describe("a request line", () => {
  it.each([
    ["GET /a?b HTTP/1.0\r\nHost: x", "", "GET /a?b HTTP/1.1\r\n"],
    ["\r\nGET /a?b HTTP/1.1\r\nHost: x", "", "GET /a?b HTTP/1.1\r\n"],
    ["POST //a%2F HTTP/1.1\r\nHost: x", "/base", "POST /base//a%2F HTTP/1.1\r\n"],
    ["GET http://x/a?b HTTP/1.1\r\nHost: x", "/base", "GET /base/a?b HTTP/1.1\r\n"],
    ["GET http://x?b HTTP/1.1\r\nHost: x", "", "GET /?b HTTP/1.1\r\n"],
    ["GET http://x HTTP/1.1\r\nHost: x", "", "GET / HTTP/1.1\r\n"],
    ["OPTIONS * HTTP/1.1\r\nHost: x", "/base", "OPTIONS * HTTP/1.1\r\n"],
    ["OPTIONS http://x HTTP/1.1\r\nHost: x", "", "OPTIONS * HTTP/1.1\r\n"],
  ])("is that of %j after %j", (text, prefix, line) => {
    const head = request(`${text}\r\n\r\n`);
    expect(written((out, at) => writeRequestLine(out, at, head, Buffer.from(prefix)))).toBe(line);
  });
});

describe("a status line", () => {
  it.each([
    ["HTTP/1.0 404 Not Found", "HTTP/1.1 404 Not Found\r\n"],
    ["HTTP/1.1 200", "HTTP/1.1 200 \r\n"],
    ["HTTP/1.1 599 \xe4", "HTTP/1.1 599 \xe4\r\n"],
  ])("is that of %j in our version", (text, line) => {
    const head = response(`${text}\r\n\r\n`);
    expect(written((out, at) => writeStatusLine(out, at, head))).toBe(line);
  });
});

describe("the fields that are passed on", () => {
  it("are those not dropped, byte for byte and in order", () => {
    const long = "y".repeat(100);
    const head = request(
      `GET / HTTP/1.1\r\nA:1\r\nb:  2 \r\nHost: x\r\nC: ${long}\r\nConnection: d\r\nd: 4\r\nE:\r\nX-Canary-A: 1\r\nf: 5\r\n\r\n`,
    );
    head.fields.dropPrefix(fieldName("x-canary-"));
    head.fields.drop(fieldName("A"));
    expect(written((out, at) => writeKept(out, at, head.fields))).toBe(`b:  2 \r\nC: ${long}\r\nE:\r\nf: 5\r\n`);
  });

  it("may be none or all", () => {
    expect(written((out, at) => writeKept(out, at, request("GET / HTTP/1.1\r\nHost: x\r\n\r\n").fields))).toBe("");
    expect(written((out, at) => writeKept(out, at, response("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n").fields))).toBe(
      "A: 1\r\nB: 2\r\n",
    );
  });
});

describe("what does not fit", () => {
  it("is told apart from what does, to the byte", () => {
    const head = request("GET /abc HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n");
    const all = (out: Buffer, at: number) =>
      writeEnd(out, writeKept(out, writeRequestLine(out, at, head, NOTHING), head.fields));
    const text = "GET /abc HTTP/1.1\r\nA: 1\r\n\r\n";
    expect(written(all, text.length)).toBe(text);
    for (let room = 0; room < text.length; room++) expect(written(all, room)).toBeUndefined();
    const answer = response("HTTP/1.1 200 OK\r\n\r\n");
    for (let room = 0; room < 17; room++) {
      expect(written((out, at) => writeStatusLine(out, at, answer), room)).toBeUndefined();
    }
  });

  it("stays so through all that is written after it", () => {
    const out = Buffer.alloc(10);
    expect(writeBytes(out, -1, Buffer.from("a"))).toBe(-1);
    expect(writeRange(out, -1, Buffer.from("a"), 0, 1)).toBe(-1);
    expect(writeValue(out, -1, "a")).toBe(-1);
    expect(writeEnd(out, -1)).toBe(-1);
  });
});

describe("a field of ours", () => {
  it("is one line", () => {
    expect(fieldLine("x-canary-track", "stable").toString()).toBe("x-canary-track: stable\r\n");
    expect(written((out, at) => writeField(out, at, fieldStart("x-request-id"), "ab-1"))).toBe(
      "x-request-id: ab-1\r\n",
    );
  });

  it.each([
    ["x y", "z"],
    ["", "z"],
    ["x:", "z"],
    ["x", "a\r\nb"],
    ["x", "a\nb"],
    ["x", "a\0"],
    ["x", "\u20ac"],
    ["x\u20ac", "a"],
  ])("cannot be made of %j and %j", (name, value) => {
    expect(() => fieldLine(name, value)).toThrow(TypeError);
  });

  it("cannot begin another line through a value made on the way", () => {
    const line = written((out, at) => writeField(out, at, fieldStart("x"), "a\r\nSet-Cookie: b\0\u010d"));
    expect(line).toBe("x: a??Set-Cookie: b??\r\n");
  });
});

describe("a field asked for by name", () => {
  const { fields } = request(
    "GET / HTTP/1.1\r\nHost: a\r\nX-Tag: 1\r\nx-tagg: no\r\nX-TAG:  2 \r\nEmpty:\r\n__proto__: p\r\n\r\n",
  );

  it("is all fields of that name, joined", () => {
    expect(fields.get("x-tag")).toBe("1, 2");
    expect(fields.get("empty")).toBe("");
    expect(fields.get("__proto__")).toBe("p");
    expect(fields.get("constructor")).toBeUndefined();
  });

  it("is found from where the last one was", () => {
    const name = fieldName("X-Tag");
    const first = fields.find(name);
    const second = fields.find(name, first + 1);
    expect([fields.value(first), fields.value(second), fields.find(name, second + 1)]).toEqual(["1", "2", -1]);
  });
});
