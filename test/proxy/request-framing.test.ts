import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Recorder, startRecorder } from "../kit/recorder.ts";
import { post } from "./corpus/messages.ts";
import { REFUSED } from "./corpus/refused.ts";
import { SERVED } from "./corpus/served.ts";
import { hiddenCodings } from "./corpus/smuggler.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

/** Read as a request of its own only by who has not lost count of the bytes. */
const MARK = "GET /mark HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** Completes a body that is cut short, and is no request. */
const FILLER = " ".repeat(1_000);

/** From the tests of nodejs/llhttp (MIT, see wire/corpus/llhttp.LICENSE), with a Host added to requests that had none. */
const LLHTTP = z
  .array(z.object({ id: z.string(), expect: z.enum(["accept", "reject"]), raw: z.string() }))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "wire/corpus/llhttp.json"), "utf8")))
  .filter(({ id }) => id.startsWith("request/"));

/** What one client got for what it sent, and what reached the upstream of it. */
interface Seen {
  readonly statuses: readonly number[];
  readonly text: string;
  readonly forwarded: Recorder["requests"];
}

/** Sends things to a lane in front of a recorder, and after each, as somebody else, a request whose answer must be its own. */
async function startTrial(): Promise<{ upstream: Recorder; send: (text: string) => Promise<Seen> }> {
  const upstream = await using(startRecorder());
  const { lane } = await laneTo(upstream.url);
  const ask = async (text: string): Promise<string> => {
    const client = rawClient(lane.port, text);
    const limit = setTimeout(() => client.socket.destroy(new Error("the lane waits for more")), 5_000);
    expect(await client.closed, JSON.stringify(text.slice(0, 200))).toBe("clean");
    clearTimeout(limit);
    return client.text();
  };
  let sent = 0;
  return {
    upstream,
    send: async (text) => {
      const answers = await ask(text);
      const forwarded = upstream.requests.splice(0);
      const own = `/own/${sent++}`;
      expect(await ask(MARK.replace("/mark", own))).toMatch(new RegExp(`\r\n\r\n${own}$`));
      expect(upstream.requests.splice(0).map(({ target }) => target)).toEqual([own]);
      expect(upstream.faults.splice(0)).toEqual([]);
      const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      return { statuses, text: answers, forwarded };
    },
  };
}

function expectRefused(text: string, { statuses, forwarded }: Seen): void {
  const what = JSON.stringify(text.slice(0, 200));
  expect.soft(statuses.length === 1 && (statuses[0] ?? 0) >= 400, `${what} is answered with ${statuses}`).toBe(true);
  expect.soft(forwarded, `${what} is not forwarded`).toEqual([]);
}

describe("what can be read in two ways is refused, and the connection closed", () => {
  it.each(Object.entries(REFUSED))("%s", async (_what, texts) => {
    const { send } = await startTrial();
    for (const text of texts) expectRefused(text, await send(text + MARK));
  });

  it("what llhttp refuses", async () => {
    const { send } = await startTrial();
    for (const { expect: expected, raw } of LLHTTP)
      if (expected === "reject") expectRefused(raw, await send(raw + MARK));
  });
});

describe("what can be read in one way only is served, and the next request is read after it", () => {
  it.each(Object.entries(SERVED))("%s", async (_what, cases) => {
    const { send } = await startTrial();
    for (const [text, body] of cases) {
      const { statuses, forwarded } = await send(text + MARK);
      expect.soft(statuses, JSON.stringify(text.slice(0, 200))).toEqual([200, 200]);
      expect.soft(forwarded.map((request) => request.body)).toEqual([body, ""]);
      expect.soft(forwarded[1]?.target).toBe("/mark");
    }
  });

  it("what llhttp takes, as far as we do; nothing that goes on is ambiguous", async () => {
    const { send } = await startTrial();
    for (const { expect: expected, raw } of LLHTTP) {
      if (expected === "reject") continue;
      const { statuses, forwarded } = await send(raw + FILLER);
      expect(statuses.filter((status) => status < 400)).toHaveLength(forwarded.length);
    }
  });
});

describe("a Transfer-Encoding that is hidden from some readers", () => {
  it.each([
    ["over a length that hides a request", "Content-Length: 6\r\n", "0\r\n\r\nX"],
    ["over a length that shows the chunks", "Content-Length: 11\r\n", "1\r\nZ\r\n0\r\n\r\n"],
  ])("%s, is refused or nobody's", async (_how, length, body) => {
    const { send } = await startTrial();
    for (const line of hiddenCodings()) {
      const text = post(`${line}\r\n${length}`, body);
      const seen = await send(text + MARK);
      if (seen.statuses[0] !== 200) expectRefused(text, seen);
      else
        expect(seen.forwarded.map((request) => [request.target, request.body])).toEqual([
          ["/p", body],
          ["/mark", ""],
        ]);
    }
  });
});
