import { describe, expect, it } from "vitest";
import { ChunkedFollower } from "../../../src/proxy/wire/chunked.ts";
import { bytesOf } from "./reading.ts";

interface Followed {
  readonly state: string;
  /** What may be passed on. */
  readonly passed: string;
  /** How many bytes are of the body and good. */
  readonly end: number;
  readonly announced: number;
  readonly code: string | undefined;
}

function followIn(follower: ChunkedFollower, text: string, cuts: readonly number[]): Followed {
  follower.reset();
  let passed = "";
  let from = 0;
  let state: string = "more";
  for (const cut of [...cuts, text.length]) {
    const bytes = Buffer.concat([bytesOf("xyz"), bytesOf(text.slice(from, cut))]);
    state = follower.follow(bytes, 3, bytes.length);
    passed += passedOn(follower, bytes, 3);
    if (state !== "more")
      return {
        state,
        passed,
        end: from + follower.end - 3,
        announced: follower.announced,
        code: follower.refusal?.code,
      };
    from = cut;
  }
  return { state, passed, end: from, announced: follower.announced, code: undefined };
}

function passedOn(follower: ChunkedFollower, bytes: Buffer, start: number): string {
  if (follower.verbatim) return bytes.toString("latin1", start, follower.end);
  let passed = "";
  for (let i = 0; i < follower.spans.length; i += 2)
    passed += bytes.toString("latin1", follower.spans[i], follower.spans[i + 1]);
  return passed;
}

const follow = (text: string) => followIn(new ChunkedFollower(), text, []);
const dataOf = (text: string) => followIn(new ChunkedFollower(true), text, []);

describe("a chunked body", () => {
  it("is passed on as it came, up to its end", () => {
    const body = "5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\n\r\n";
    expect(follow(`${body}GET / HTTP/1.1`)).toEqual({
      state: "complete",
      passed: body,
      end: body.length,
      announced: 31,
      code: undefined,
    });
  });

  it("is verbatim without extensions, and costs no list of spans", () => {
    const follower = new ChunkedFollower();
    const bytes = bytesOf("5\r\nhello\r\n0\r\n\r\n");
    follower.follow(bytes, 0, bytes.length);
    expect([follower.verbatim, follower.spans]).toEqual([true, []]);
  });

  it("keeps its trailers", () => {
    const body = "1\r\na\r\n0\r\nDigest: x y\r\nContent-Type: text/plain\r\nEmpty:\r\n\r\n";
    expect(follow(`${body}more`)).toMatchObject({ state: "complete", passed: body, end: body.length });
  });

  it.each([
    ["5;a\r\nhello\r\n0;b=c\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"],
    ['1;a="x; \\" \t\\\\";b;c=d\r\nx\r\n0\r\n\r\n', "1\r\nx\r\n0\r\n\r\n"],
    ["1\r\nx\r\n1;a\r\ny\r\n0\r\nT: u\r\n\r\n", "1\r\nx\r\n1\r\ny\r\n0\r\nT: u\r\n\r\n"],
  ])("loses its extensions: %j", (body, passed) => {
    expect(follow(`${body}next`)).toMatchObject({ state: "complete", passed, end: body.length });
  });

  it("can be taken apart for those who know no chunks", () => {
    expect(dataOf("5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\nnext")).toMatchObject({
      state: "complete",
      passed: "hello world",
      announced: 11,
    });
  });

  it.each([
    ["", "", "more"],
    ["5\r\nhel", "5\r\nhel", "more"],
    ["5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\n", "more"],
    ["5;abc", "5", "more"],
  ])("goes on after %j", (text, passed, state) => {
    expect(follow(text)).toMatchObject({ state, passed });
  });

  it.each([
    ["", "\r\n", "bad_chunk_size"],
    ["", "x\r\n", "bad_chunk_size"],
    ["", "-1\r\n", "bad_chunk_size"],
    ["", "+1\r\n", "bad_chunk_size"],
    ["", " 1\r\n", "bad_chunk_size"],
    ["", ";a\r\n", "bad_chunk_size"],
    ["0", "x1\r\n", "bad_chunk_size"],
    ["1", " \r\na\r\n", "bad_chunk_size"],
    ["1", "\t;a\r\n", "bad_chunk_size"],
    ["1", "\na\r\n", "bad_chunk_size"],
    ["1\r", "a\r\n", "bad_chunk_size"],
    ["1\r", "\r\n", "bad_chunk_size"],
    ["1", "_0\r\n", "bad_chunk_size"],
    ["1", ".0\r\n", "bad_chunk_size"],
    ["000000000000", "1\r\n", "bad_chunk_size"],
    ["ffffffffffff", "f\r\n", "bad_chunk_size"],
    ["1\r\na", "b\r\n", "bad_chunk_end"],
    ["1\r\na", "\n", "bad_chunk_end"],
    ["1\r\na\r", "0\r\n", "bad_chunk_end"],
    ["3\r\nfoo\r\n", "\r\n", "bad_chunk_size"],
    ["1;", "\r\n", "bad_chunk_extension"],
    ["1;", ";a\r\n", "bad_chunk_extension"],
    ["1;", " a\r\n", "bad_chunk_extension"],
    ["1;a", " =b\r\n", "bad_chunk_extension"],
    ["1;a=", "\r\n", "bad_chunk_extension"],
    ["1;a", "\nx\r\n", "bad_chunk_extension"],
    ['1;a="b', "\r\n", "bad_chunk_extension"],
    ['1;a="b"', "c\r\n", "bad_chunk_extension"],
    ['1;a="\\', "\0", "bad_chunk_extension"],
    ["1;a", "\0\r\n", "bad_chunk_extension"],
    [`1;${"a".repeat(256)}`, "a\r\n", "large_chunk_extension"],
    ["0\r\n", " T: u\r\n\r\n", "bad_trailer"],
    ["0\r\n", "\nT", "bad_trailer"],
    ["0\r\n", ": u\r\n\r\n", "bad_trailer"],
    ["0\r\nT", " : u\r\n\r\n", "bad_trailer"],
    ["0\r\nT: u", "\n\r\n", "bad_trailer"],
    ["0\r\nT: u\r", "x\r\n", "bad_trailer"],
    ["0\r\nT: ", "\0\r\n", "bad_trailer"],
    ["0\r\n\r", "\r\n", "bad_trailer"],
    ["0\r\nT: u\r\n", " v\r\n\r\n", "bad_trailer"],
    ["0\r\nContent-Length", ": 50\r\n\r\n", "forbidden_trailer"],
    ["0\r\ntransfer_encoding", ": chunked\r\n\r\n", "forbidden_trailer"],
    ["0\r\nAUTHORIZATION", ": x\r\n\r\n", "forbidden_trailer"],
    ["0\r\nX-Forwarded-For", ": x\r\n\r\n", "forbidden_trailer"],
    ["0\r\nX-Canary-Route", ": x\r\n\r\n", "forbidden_trailer"],
    ["0\r\nT: u\r\nHost", ": x\r\n\r\n", "forbidden_trailer"],
    [`0\r\nT: ${"a".repeat(8_189)}`, "a\r\n\r\n", "large_trailers"],
  ])("is given up at the exact byte (%#)", (good, bad, code) => {
    expect(follow(good + bad)).toMatchObject({ state: "refused", end: good.length, code });
  });

  it("bounds the extensions of all chunks together", () => {
    expect(follow(`1;${"a".repeat(250)}\r\nx\r\n`.repeat(66))).toMatchObject({ code: "large_chunk_extension" });
    expect(follow(`${`1;${"a".repeat(250)}\r\nx\r\n`.repeat(65)}0\r\n\r\n`)).toMatchObject({ state: "complete" });
  });

  it.each([
    "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\nU: v\r\n\r\nGET / HTTP/1.1\r\n",
    '1;a="\\"";b\r\nx\r\n0;c\r\n\r\n',
    "5\r\nhello\r\n6;\r\n",
    "5\r\nhellox",
    "0\r\nHost: x\r\n\r\n",
    "fffffffffffff\r\n",
  ])("is followed as if it came whole, wherever it is cut: %j", (text) => {
    for (const dataOnly of [false, true]) {
      const follower = new ChunkedFollower(dataOnly);
      const whole = followIn(follower, text, []);
      const everywhere = Array.from(text, (_, i) => i);
      for (const cuts of [...everywhere.map((cut) => [cut]), everywhere])
        expect(followIn(follower, text, cuts)).toEqual(whole);
    }
  });
});
