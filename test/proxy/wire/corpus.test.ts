import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OurAnswers, OurRequests } from "./fuzz/our-reading.ts";
import { bytesOf } from "./reading.ts";

/** From the tests of nodejs/llhttp (MIT, see llhttp.LICENSE beside it), with a Host added to requests that had none. */
const LLHTTP = z
  .array(z.object({ id: z.string(), expect: z.enum(["accept", "reject"]), raw: z.string() }))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "corpus/llhttp.json"), "utf8")));

/** What llhttp takes and we do not. */
const STRICTER: ReadonlyMap<string, string> = new Map([
  ["request/method.md:135", "bad_target"], // M-SEARCH *
  ["request/method.md:372", "bad_version"], // ICE
  ["request/method.md:400", "bad_version"], // RTSP
  ["request/method.md:430", "unknown_method"], // RTSP
  ["request/sample.md:314", "bad_target"], // HTTP/0.9
  ["request/transfer-encoding.md:751", "bad_target"], // a fragment, and a list of codings
  ["request/transfer-encoding.md:793", "bad_target"],
  ["request/uri.md:165", "bad_target"], // a fragment
  ["request/uri.md:222", "bad_target"], // a user in the target
]);

const requests = new OurRequests();
const answers = new OurAnswers();

/** What becomes of the first message: "taken", or why it is not. */
function requestSays(raw: string): string {
  const [first] = requests.read(bytesOf(raw), []);
  return first === undefined ? (requests.code ?? "incomplete") : (first.code ?? "taken");
}

describe("of llhttp's own cases", () => {
  const ofKind = (kind: string, expectation: string) =>
    LLHTTP.filter((row) => row.id.startsWith(kind) && row.expect === expectation);

  it.each(ofKind("request/", "accept"))("$id is a request that is taken, unless we are stricter", ({ id, raw }) => {
    expect(requestSays(raw)).toBe(STRICTER.get(id) ?? "taken");
  });

  it.each(ofKind("request/", "reject"))("$id is a request that is refused", ({ raw }) => {
    expect(["taken", "incomplete"]).not.toContain(requestSays(raw));
  });

  it.each(ofKind("response/", "reject"))("$id is an answer that is refused", ({ raw }) => {
    const answer = answers.read(bytesOf(raw), [], false);
    expect(answer === undefined || answer.code !== undefined).toBe(true);
  });
});

describe("a Transfer-Encoding hidden by any byte anywhere", () => {
  const gadgets = (byte: string): string[] => [
    `${byte}Transfer-Encoding: chunked`,
    `Transfer${byte}Encoding: chunked`,
    `Transfer-Encoding${byte}: chunked`,
    `Transfer-Encoding:${byte}chunked`,
    `Transfer-Encoding: chunked${byte}`,
    `X: X${byte}Transfer-Encoding: chunked`,
    `X: X\r${byte}Transfer-Encoding: chunked`,
    `X: X${byte}\nTransfer-Encoding: chunked`,
    `Transfer-Encoding: chunked\r${byte}X: X`,
    `Transfer-Encoding: chunked${byte}\nX: X`,
  ];

  it.each(["", ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))])(
    "is refused, or is no such field to anybody: %j",
    (byte) => {
      for (const gadget of gadgets(byte)) {
        const raw = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n${gadget}\r\n\r\n0\r\n\r\nX`;
        const [first] = requests.read(bytesOf(raw), []);
        if (first === undefined) continue;
        expect(first.body).toBe("0\r\n\r\nX");
        const names = first.kept.filter((_, i) => i % 2 === 0);
        expect(names.filter((name) => /^transfer[-_ ]?encoding$/i.test(name))).toEqual([]);
      }
    },
  );
});
