import { describe, expect, it } from "vitest";
import { CHUNKED, NO_BODY, UNTIL_CLOSE } from "../../../src/proxy/wire/framing.ts";
import { RESPONSE_LIMITS, ResponseHead } from "../../../src/proxy/wire/response-head.ts";
import { bytesOf, fieldsSay, readInPieces, responseSays } from "./reading.ts";

function read(text: string, toHead = false): { head: ResponseHead; state: string } {
  const head = new ResponseHead(RESPONSE_LIMITS);
  const bytes = bytesOf(text);
  head.reset(toHead);
  return { head, state: head.read(bytes, 0, bytes.length) };
}

/** The head of an answer that is passed on. */
function passed(text: string, toHead = false): ResponseHead {
  const { head, state } = read(text, toHead);
  expect({ state, code: head.refusal?.code }).toEqual({ state: "complete", code: undefined });
  return head;
}

describe("an answer's head", () => {
  it("says what was answered", () => {
    const head = passed("HTTP/1.1 404 Not  Found\r\nContent-Length: 3\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nabc");
    expect(responseSays(head, "complete")).toEqual({
      state: "complete",
      status: 404,
      reason: "Not  Found",
      minor: 1,
      bodyLength: 3,
      contentLengthField: 0,
      keepAlive: true,
      length: 76,
      fields: ["Content-Length: 3", "Set-Cookie: a", "Set-Cookie: b"],
    });
  });

  it.each([
    ["HTTP/1.1 301", ""],
    ["HTTP/1.1 301 ", ""],
    ["HTTP/1.1 500 Ori\xebntatieprobleem", "Ori\xebntatieprobleem"],
    ["HTTP/1.1 200  OK", " OK"],
  ])("may have any reason or none: %j", (line, reason) => {
    expect(responseSays(passed(`${line}\r\n\r\n`), "complete")).toMatchObject({ reason });
  });

  it.each([
    ["200", "Content-Length: 5", false, 5],
    ["200", "Transfer-Encoding: Chunked", false, CHUNKED],
    ["200", "X: y", false, UNTIL_CLOSE],
    ["200", "Content-Length: 5", true, NO_BODY],
    ["200", "Transfer-Encoding: chunked", true, NO_BODY],
    ["200", "X: y", true, NO_BODY],
    ["304", "Content-Length: 5", false, NO_BODY],
    ["204", "X: y", false, NO_BODY],
    ["204", "Content-Length: 5", false, NO_BODY],
    ["204", "Transfer-Encoding: chunked", false, NO_BODY],
    ["103", "Link: x", false, NO_BODY],
    ["101", "Upgrade: websocket", false, NO_BODY],
    ["100", "Content-Length: 0", false, NO_BODY],
  ])("of %s with %s (to HEAD: %s) frames what follows", (status, line, toHead, bodyLength) => {
    expect(passed(`HTTP/1.1 ${status} X\r\n${line}\r\n\r\n`, toHead).bodyLength).toBe(bodyLength);
  });

  it("keeps a length that is only said, and drops one that cannot be", () => {
    expect(fieldsSay(passed("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n"))).toEqual(["Content-Length: 5"]);
    expect(fieldsSay(passed("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n", true))).toEqual(["Content-Length: 5"]);
    expect(fieldsSay(passed("HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n"))).toEqual(["[Content-Length: 5]"]);
  });

  it.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 0", true],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close", false],
    ["HTTP/1.1 200 OK", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", true],
    ["HTTP/1.1 204 X", true],
    ["HTTP/1.1 204 X\r\nContent-Length: 0", true],
    ["HTTP/1.1 204 X\r\nContent-Length: 5", false],
    ["HTTP/1.1 204 X\r\nTransfer-Encoding: chunked", false],
    ["HTTP/1.1 304 X\r\nContent-Length: 5", true],
  ])("knows whether the connection can be used again: %j", (text, keepAlive) => {
    expect(passed(`${text}\r\n\r\n`).keepAlive).toBe(keepAlive);
  });

  it("marks what is for this hop as dropped, with what Connection names", () => {
    const lines =
      "Connection: X-Hop\r\nx-hop: 1\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\nUpgrade: x\r\nX_y: 1\r\nTrailer: Digest\r\nDate: x";
    const kept = fieldsSay(passed(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`)).filter((line) => !line.startsWith("["));
    expect(kept).toEqual(["X_y: 1", "Trailer: Digest", "Date: x"]);
  });

  it.each([
    ["HTTP/1.1 20\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1 2000 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1 099 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1 600 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1  200 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1\t200 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/2.0 200 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.01 200 OK\r\n\r\n", "bad_status_line"],
    ["http/1.1 200 OK\r\n\r\n", "bad_status_line"],
    ["garbage", "bad_status_line"],
    ["\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1 200 O\0K\r\n\r\n", "bad_status_line"],
    ["HTTP/1.1 200 OK\n\r\n", "bad_line_end"],
    ["HTTP/1.1 200\n\r\n", "bad_status_line"],
    ["HTTP/1.1 200 OK\rX\r\n", "bad_line_end"],
    ["HTTP/1.1 200 OK\r\nX: y\n\r\n", "bad_line_end"],
    ["HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "folded_field"],
    ["HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", "bad_field_value"],
    ["HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "bad_field_name"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "two_lengths"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "two_lengths"],
    ["HTTP/1.1 200 OK\r\nContent_Length: 1\r\n\r\n", "framing_lookalike"],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "bad_length"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "bad_coding"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n", "bad_coding"],
    ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "old_coding"],
    ["HTTP/1.1 103 X\r\nContent-Length: 1\r\n\r\n", "unasked_length"],
    ["HTTP/1.1 103 X\r\nConnection: close\r\n\r\n", "closing_interim"],
    ["HTTP/1.1 100 X\r\nProxy-Connection: close\r\n\r\n", "closing_interim"],
    ["HTTP/1.1 101 X\r\nTransfer-Encoding: chunked\r\n\r\n", "unasked_length"],
    ["HTTP/1.1 200 OK\r\nConnection: content-length\r\n\r\n", "bad_connection"],
    [`HTTP/1.1 200 OK\r\nX: ${"a".repeat(100_000)}\r\n\r\n`, "large_head"],
    [`HTTP/1.1 200 ${"a".repeat(100_000)}`, "large_head"],
    [`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(201)}\r\n`, "many_fields"],
  ])("is a 502 when it is broken (%#)", (text, code) => {
    const { head, state } = read(text);
    expect({ state, code: head.refusal?.code, status: head.refusal?.status }).toEqual({
      state: "refused",
      code,
      status: 502,
    });
  });

  it.each([
    "HTTP/1.1 200 OK\r\nX: y \r\nConnection: foo\r\nfoo: 1\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 404\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    "HTTP/1.1 200 \r\nX: y\nz",
    "HTTP/1.1 2x0 OK\r\n",
  ])("is read as if it came whole, wherever it is cut: %j", (text) => {
    const { head, state } = read(text);
    const whole = responseSays(head, state);
    const resumed = new ResponseHead(RESPONSE_LIMITS);
    const everywhere = Array.from(text, (_, i) => i);
    for (const cuts of [...everywhere.map((cut) => [cut]), everywhere]) {
      resumed.reset(false);
      expect(responseSays(resumed, ...readInPieces(resumed, text, cuts))).toEqual(whole);
    }
  });
});
