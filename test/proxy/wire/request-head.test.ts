import { describe, expect, it } from "vitest";
import { CHUNKED, NO_BODY } from "../../../src/proxy/wire/framing.ts";
import { REQUEST_LIMITS, RequestHead } from "../../../src/proxy/wire/request-head.ts";
import { bytesOf, fieldsSay, readInPieces, requestSays } from "./reading.ts";

function read(text: string, limits = REQUEST_LIMITS): { head: RequestHead; state: string } {
  const head = new RequestHead(limits);
  const bytes = bytesOf(text);
  return { head, state: head.read(bytes, 0, bytes.length) };
}

/** The head of a request that is served. */
function served(text: string): RequestHead {
  const { head, state } = read(text);
  expect({ state, code: head.refusal?.code }).toEqual({ state: "complete", code: undefined });
  return head;
}

function refusalOf(text: string): string {
  const { head, state } = read(text);
  return state === "refused" ? `${head.refusal?.status} ${head.refusal?.code}` : state;
}

/** A request with these header lines after a valid Host. */
function withFields(lines: string, line = "POST /v1 HTTP/1.1"): string {
  return `${line}\r\nHost: a\r\n${lines}\r\n\r\n`;
}

describe("a request that is served", () => {
  it("says what was asked", () => {
    const head = served("POST /v1/chat?x=1?y HTTP/1.1\r\nHost: models.test:8080\r\nContent-Length: 12\r\n\r\nrest");
    expect(requestSays(head, "complete")).toMatchObject({
      method: "POST",
      form: "origin",
      target: "/v1/chat?x=1?y",
      path: "/v1/chat",
      authority: "models.test:8080",
      minor: 1,
      bodyLength: 12,
      keepAlive: true,
      length: 76,
    });
  });

  it.each([
    ["//a//b/%2F;x=1/\\\\c", "//a//b/%2F;x=1/\\\\c"],
    ["/%zz", "/%zz"],
    ['/with_"lovely"_quotes?foo=\\"bar\\"', '/with_"lovely"_quotes'],
    ["/?", "/"],
    ["/a|{b}^`<c>", "/a|{b}^`<c>"],
  ])("leaves the path %s as it is", (target, path) => {
    expect(served(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).path()).toBe(path);
  });

  it.each([
    ["GET http://up.test/a/b?q HTTP/1.1", "absolute", "/a/b", "up.test"],
    ["GET http://up.test:81 HTTP/1.1", "absolute", "/", "up.test:81"],
    ["GET HTTPS://up.test?q=/x HTTP/1.1", "absolute", "/", "up.test"],
    ["GET http://[::1]:80/x HTTP/1.1", "absolute", "/x", "[::1]:80"],
    ["OPTIONS * HTTP/1.1", "asterisk", "*", "other"],
    ["OPTIONS http://up.test HTTP/1.1", "asterisk", "*", "up.test"],
    ["OPTIONS http://up.test/ HTTP/1.1", "absolute", "/", "up.test"],
    ["OPTIONS /x HTTP/1.1", "origin", "/x", "other"],
  ])("follows the target of %s", (line, form, path, authority) => {
    expect(requestSays(served(`${line}\r\nHost: other\r\n\r\n`), "complete")).toMatchObject({ form, path, authority });
  });

  it.each(["PATCH", "DELETE", "QUERY", "M-SEARCH", "UNSUBSCRIBE", "OPTIONS", "HEAD"])("knows %s", (method) => {
    expect(served(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`).method).toBe(method);
  });

  it.each([
    ["Content-Length: 0", 0],
    ["Content-Length:\t 003  ", 3],
    ["cOnTeNt-LeNgTh:999999999999999", 999_999_999_999_999],
    ["Transfer-Encoding: chunked", CHUNKED],
    ["transfer-encoding:\tCHUNKED  ", CHUNKED],
    ["Content-Length-X: 5", NO_BODY],
  ])("frames the body by %s", (line, bodyLength) => {
    expect(served(withFields(line)).bodyLength).toBe(bodyLength);
  });

  it.each([
    ["HTTP/1.1", "X: y", true],
    ["HTTP/1.1", "Connection: close", false],
    ["HTTP/1.1", "Connection: keep-alive, CLOSE\t", false],
    ["HTTP/1.1", "Connection: a, b\r\nConnection: close", false],
    ["HTTP/1.1", "Connection:", true],
    ["HTTP/1.1", "Proxy-Connection: close", false],
    ["HTTP/1.0", "X: y", false],
    ["HTTP/1.0", "Connection: Keep-Alive", true],
    ["HTTP/1.0", "Connection: keep-alive, close", false],
  ])("knows whether a %s connection with %s goes on", (version, line, keepAlive) => {
    expect(served(withFields(line, `GET / ${version}`)).keepAlive).toBe(keepAlive);
  });

  it.each([
    ["Connection: Upgrade\r\nUpgrade: WebSocket", "websocket"],
    ["Connection: keep-alive, upgrade\r\nUpgrade: websocket", "websocket"],
    ["Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x", "h2c"],
    ["Connection: Upgrade\r\nUpgrade: websocket, h2c", "h2c"],
    ["Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c", "h2c"],
    ["Connection: Upgrade\r\nUpgrade: websocket, x", "other"],
    ["Connection: Upgrade\r\nUpgrade: x\r\nUpgrade: websocket", "other"],
    ["Connection: Upgrade\r\nUpgrade:", "other"],
    ["Connection: Upgrade", "none"],
    ["Upgrade: websocket", "none"],
  ])("tells what an upgrade asks for: %j", (lines, upgradeTo) => {
    const head = served(withFields(lines, "GET /chat HTTP/1.1"));
    expect([head.upgradeTo, head.upgrade]).toEqual([upgradeTo, upgradeTo !== "none"]);
  });

  it.each([
    ["another method", "POST", ""],
    ["a body with a length", "GET", "\r\nContent-Length: 1"],
    ["a body in chunks", "GET", "\r\nTransfer-Encoding: chunked"],
  ])("refuses a WebSocket handshake with %s", (_, method, line) => {
    const text = withFields(`Connection: Upgrade\r\nUpgrade: websocket${line}`, `${method} / HTTP/1.1`);
    expect(refusalOf(text)).toBe("400 bad_upgrade");
  });

  it("does not know upgrades from HTTP/1.0", () => {
    expect(served(withFields("Connection: upgrade\r\nUpgrade: websocket", "GET / HTTP/1.0")).upgrade).toBe(false);
  });

  it("notes Expect: 100-continue, and forgets it in HTTP/1.0", () => {
    expect(served(withFields("Expect: 100-Continue")).expectContinue).toBe(true);
    const old = served(withFields("Expect: 100-continue", "POST / HTTP/1.0"));
    expect(old.expectContinue).toBe(false);
    expect(fieldsSay(old)).toContain("[Expect: 100-continue]");
  });

  it("needs no Host in HTTP/1.0", () => {
    expect(served("GET / HTTP/1.0\r\n\r\n").authorityStart).toBe(-1);
  });

  it.each(["a", "a:80", "0.0.0.0=5000", "x_y.z", "a:", "[2001:db8::1]", "[::ffff:1.2.3.4]:65535", "%41b", "a:0"])(
    "takes the Host %s",
    (host) => {
      expect(requestSays(served(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`), "complete")).toMatchObject({
        authority: host,
      });
    },
  );

  it("ignores one empty line before it", () => {
    expect(served("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").path()).toBe("/");
  });

  it("keeps bytes above 0x7f and tabs in values", () => {
    expect(fieldsSay(served(withFields("X: \xff\tD\xfcsseldorf")))).toContain("X: \xff\tD\xfcsseldorf");
  });

  it("takes targets of 8 KB and heads of 16 KB", () => {
    served(`GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    served(withFields(`Cookie: ${"c".repeat(16_384)}`));
  });
});

describe("fields that are for this hop", () => {
  it("are marked as dropped, with those that Connection names", () => {
    const lines =
      "Connection: x-mine, TE\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers, gzip;q=0.5\r\n" +
      "Upgrade: x\r\nProxy-Authorization: b\r\nX-MINE: 2\r\nTrailer: Digest\r\nX-Yours: 3\r\nAccept: */*";
    const head = served(withFields(lines));
    expect(head.teTrailers).toBe(true);
    expect(fieldsSay(head).filter((line) => !line.startsWith("["))).toEqual([
      "Trailer: Digest",
      "X-Yours: 3",
      "Accept: */*",
    ]);
  });

  it("take away nothing that Connection names in passing", () => {
    expect(fieldsSay(served(withFields("Connection: x-min, x-minee\r\nX-Mine: 1")))).toContain("X-Mine: 1");
  });

  it.each(["host", "Content-Length", "transfer-encoding", "expect"])(
    "are refused when Connection calls %s one of them",
    (name) => {
      expect(refusalOf(withFields(`Connection: close, ${name}`))).toBe("400 bad_connection");
    },
  );
});

describe("names that only look like others", () => {
  it("are not passed on", () => {
    const head = served(
      withFields("X_Customer_Type: internal\r\n__proto__: x\r\nconstructor: y\r\nabc_def: z\r\n_a: b\r\nabcde_: f"),
    );
    expect(fieldsSay(head)).toEqual([
      "[Host: a]",
      "[X_Customer_Type: internal]",
      "[__proto__: x]",
      "constructor: y",
      "[abc_def: z]",
      "[_a: b]",
      "[abcde_: f]",
    ]);
  });

  it.each(["Content_Length: 5", "transfer_encoding: chunked"])(
    "are refused where they look like framing: %s",
    (line) => {
      expect(refusalOf(withFields(line))).toBe("400 framing_lookalike");
    },
  );
});

describe("a request that is refused", () => {
  it.each([
    ["both lengths", "Content-Length: 1\r\nTransfer-Encoding: chunked", "two_lengths"],
    ["both lengths, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 1", "two_lengths"],
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2", "two_lengths"],
    ["two equal lengths", "Content-Length: 5\r\nContent-Length: 5", "two_lengths"],
    ["a list of lengths", "Content-Length: 5, 5", "bad_length"],
    ["a signed length", "Content-Length: +5", "bad_length"],
    ["a negative length", "Content-Length: -5", "bad_length"],
    ["a length with a space", "Content-Length: 4 2", "bad_length"],
    ["a hexadecimal length", "Content-Length: 0x5", "bad_length"],
    ["an empty length", "Content-Length: ", "bad_length"],
    ["a length beyond counting", "Content-Length: 1000000000000000000000", "bad_length"],
    ["an unknown coding", "Transfer-Encoding: pigeons", "bad_coding"],
    ["a coding before chunked", "Transfer-Encoding: gzip, chunked", "bad_coding"],
    ["a coding after chunked", "Transfer-Encoding: chunked, identity", "bad_coding"],
    ["chunked twice in one field", "Transfer-Encoding: chunked, chunked", "bad_coding"],
    ["chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "two_lengths"],
    ["an empty coding", "Transfer-Encoding:", "bad_coding"],
    ["a list with an empty member", "Transfer-Encoding: ,chunked", "bad_coding"],
    ["a coding with a parameter", "Transfer-Encoding: chunked;q=1", "bad_coding"],
    ["a quoted coding", 'Transfer-Encoding: "chunked"', "bad_coding"],
    ["a tab after chunked, which llhttp takes for part of it", "Transfer-Encoding: chunked \t", "bad_coding"],
    ["a tab after a length, which llhttp does not take", "Content-Length: 5\t", "bad_length"],
    ["identity", "Transfer-Encoding: identity", "bad_coding"],
    ["a space before the colon", "Content-Length : 5", "bad_field_name"],
    ["a tab before the colon", "X\t: 5", "bad_field_name"],
    ["a space in a name", "Content Length: 5", "bad_field_name"],
    ["an empty name", ": x", "bad_field_name"],
    ["a line without a colon", "nothing", "bad_field_name"],
    ["a NUL in a name", "X\0: y", "bad_field_name"],
    ["a byte above 0x7f in a name", "X\xff: y", "bad_field_name"],
    ["a NUL in a value", "X: a\0b", "bad_field_value"],
    ["a DEL in a value", "X: a\x7fb", "bad_field_value"],
    ["a form feed in a value", "X: a\fb", "bad_field_value"],
    ["an escape in a value", "X: \x1b[0m", "bad_field_value"],
    ["a lone LF after a value", "X: y\nZ: x", "bad_line_end"],
    ["a lone LF in place of a name", "X: y\r\n\nZ: x", "bad_line_end"],
    ["a lone CR in a value", "X: y\rZ: x", "bad_line_end"],
    ["two CR", "X: y\r\r\nZ: x", "bad_line_end"],
    ["a folded line", "X: y\r\n z", "folded_field"],
    ["a line folded with a tab", "X: y\r\n\tz", "folded_field"],
    ["a second Host", "Host: a", "bad_host"],
    ["an unknown expectation", "Expect: miracles", "unknown_expectation"],
    ["Connection with more than tokens", "Connection: close;x", "bad_connection"],
    ["a long Connection list", `Connection: ${"a,".repeat(33)}`, "bad_connection"],
    ["Connection without commas", "Connection: close x", "bad_connection"],
  ])("has %s", (_, lines, code) => {
    expect(refusalOf(withFields(lines))).toMatch(new RegExp(`^4\\d\\d ${code}$`));
  });

  it.each([
    ["", "bad_host"],
    ["u@a", "bad_host"],
    ["u:p@a", "bad_host"],
    ["a/b", "bad_host"],
    ["a,b", "bad_host"],
    ["a b", "bad_host"],
    ["http://a", "bad_host"],
    ["a:65536", "bad_host"],
    ["a:8o", "bad_host"],
    ["a:-1", "bad_host"],
    [":80", "bad_host"],
    ["a:80:80", "bad_host"],
    ["::1", "bad_host"],
    ["[::1", "bad_host"],
    ["[::1]x", "bad_host"],
    ["[fe80::1%25eth0]", "bad_host"],
    ["[v1.x]", "bad_host"],
    ["a?b", "bad_host"],
    ["a#b", "bad_host"],
    ["a%4", "bad_host"],
    ["a%zz", "bad_host"],
    ["\xe4", "bad_host"],
    ["a\\b", "bad_host"],
    ["[]", "bad_host"],
  ])("has the Host %j", (host, code) => {
    expect(refusalOf(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe(`400 ${code}`);
    expect(refusalOf(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`)).toBe(`400 ${code}`);
  });

  it.each([
    ["GET / HTTP/1.1\r\n\r\n", "400 bad_host"],
    ["GET /\r\n\r\n", "400 bad_target"],
    ["GET  / HTTP/1.1\r\n", "400 bad_target"],
    ["GET /  HTTP/1.1\r\n", "400 bad_version"],
    ["GET / HTTP/1.1 \r\n", "400 bad_version"],
    ["GET / HTTP/1.1\n", "400 bad_version"],
    ["GET / HTTP/1.1\rX", "400 bad_line_end"],
    ["GET / HTTP/0.9\r\n", "505 unknown_version"],
    ["GET / HTTP/2.0\r\n", "505 unknown_version"],
    ["GET / HTTP/1.2\r\n", "505 unknown_version"],
    ["GET / HTTP/1.10\r\n", "400 bad_version"],
    ["GET / HTTP/11\r\n", "400 bad_version"],
    ["GET / http/1.1\r\n", "400 bad_version"],
    ["GET / HTTPS/1.1\r\n", "400 bad_version"],
    ["GET / RTSP/1.0\r\n", "400 bad_version"],
    ["GET\t/ HTTP/1.1\r\n", "400 bad_start"],
    [" GET / HTTP/1.1\r\n", "400 bad_start"],
    ["\nGET / HTTP/1.1\r\n", "400 bad_start"],
    ["\rGET / HTTP/1.1\r\n", "400 bad_start"],
    ["\r\n\r\nGET / HTTP/1.1\r\n", "400 bad_start"],
    ["\x16\x03\x01", "400 bad_start"],
    ["get / HTTP/1.1\r\n", "501 unknown_method"],
    ["MKCOLA / HTTP/1.1\r\n", "501 unknown_method"],
    ["PRI * HTTP/2.0\r\n", "501 unknown_method"],
    ["CONNECT a:80 HTTP/1.1\r\n", "501 unknown_method"],
    ["GET * HTTP/1.1\r\n", "400 bad_target"],
    ["OPTIONS */x HTTP/1.1\r\n", "400 bad_target"],
    ["OPTIONS *?x HTTP/1.1\r\n", "400 bad_target"],
    ["GET a HTTP/1.1\r\n", "400 bad_target"],
    ["GET ?a HTTP/1.1\r\n", "400 bad_target"],
    ["GET /a#b HTTP/1.1\r\n", "400 bad_target"],
    ["GET /a?b#c HTTP/1.1\r\n", "400 bad_target"],
    ["GET /a\tb HTTP/1.1\r\n", "400 bad_target"],
    ["GET /\xe4 HTTP/1.1\r\n", "400 bad_target"],
    ["GET /\0 HTTP/1.1\r\n", "400 bad_target"],
    ["GET http:// HTTP/1.1\r\n", "400 bad_target"],
    ["GET http:/a HTTP/1.1\r\n", "400 bad_target"],
    ["GET http:///a HTTP/1.1\r\n", "400 bad_target"],
    ["GET http://u@a/ HTTP/1.1\r\n", "400 bad_target"],
    ["GET http://a:99999/ HTTP/1.1\r\n", "400 bad_target"],
    ["GET http://[::1/ HTTP/1.1\r\n", "400 bad_target"],
    ["GET https:a HTTP/1.1\r\n", "400 bad_target"],
    ["GET ftp://a/ HTTP/1.1\r\n", "400 bad_target"],
    ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400 old_coding"],
  ])("begins with %j", (text, refusal) => {
    expect(refusalOf(text)).toBe(refusal);
  });

  it.each([
    [`GET /${"a".repeat(16_384)}`, "414 long_target"],
    [`GET /?${"a".repeat(16_384)} HTTP/1.1\r\n`, "414 long_target"],
    [withFields(`X: ${"a".repeat(32_768)}`), "431 large_head"],
    [withFields("X: y\r\n".repeat(100).slice(0, -2)), "431 many_fields"],
  ])("is too large (%#)", (text, refusal) => {
    expect(refusalOf(text)).toBe(refusal);
  });

  it("stays refused until the reader is reset", () => {
    const { head } = read("BAD / HTTP/1.1\r\n");
    const bytes = bytesOf("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(head.read(bytes, 0, bytes.length)).toBe("refused");
    head.reset();
    expect(head.read(bytes, 0, bytes.length)).toBe("complete");
  });
});

describe("a head that comes in pieces", () => {
  const EXAMPLES = [
    "\r\nPOST /v1/chat?x=1 HTTP/1.1\r\nHost: a:80\r\nX:  y \t\r\nEmpty:\r\nX_y: 1\r\nConnection: close, foo\r\nfoo: 1\r\nTE: trailers\r\nContent-Length: 5\r\n\r\nhello",
    "GET http://b.test/p?q HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    withFields("Content-Length: 1\r\nContent-Length: 2"),
    "GET / HTTP/2.0\r\n\r\n",
    withFields("X: y\r\n z"),
    withFields("X: y\nz: a"),
    "PUT /abc#d HTTP/1.1\r\n",
    "\r\n\r",
  ];

  it.each(EXAMPLES)("is read as if it came whole, wherever it is cut: %j", (text) => {
    const { head, state } = read(text);
    const whole = requestSays(head, state);
    const resumed = new RequestHead(REQUEST_LIMITS);
    const everywhere = Array.from(text, (_, i) => i);
    for (const cuts of [...everywhere.map((cut) => [cut]), everywhere]) {
      resumed.reset();
      expect(requestSays(resumed, ...readInPieces(resumed, text, cuts))).toEqual(whole);
    }
  });

  it("is refused at the first byte that shows it, not at the end of the line", () => {
    const earliest = (text: string) => {
      const head = new RequestHead(REQUEST_LIMITS);
      const bytes = bytesOf(text);
      for (let end = 0; end <= bytes.length; end++) if (head.read(bytes, 0, end) === "refused") return end;
      return undefined;
    };
    expect(earliest("GET / HTTP/2.0\r\n")).toBe("GET / HTTP/2".length);
    expect(earliest("\x16\x03\x01\x02")).toBe(1);
    expect(earliest(withFields("Content-Length: 1\r\nContent-Length: 2"))).toBe(
      withFields("Content-Length: 1\r\nContent-Length: 2").length - 2,
    );
  });
});
