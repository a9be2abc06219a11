import { describe, expect, it } from "vitest";
import { NO_AUTO_CUT } from "../../src/routing/auto-cut.ts";
import type { Route } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import { startAnswering, startRaw } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const CHAT = "/v1/chat/completions";
const DELTA = `data: ${JSON.stringify({ choices: [{ delta: { content: "Hi" } }] })}\n\n`;
const ERROR = `data: ${JSON.stringify({ error: { message: "CUDA error" } })}\n\n`;
const DONE = "data: [DONE]\n\n";
const WHOLE = JSON.stringify({ choices: [{ message: { content: "Hi" } }] });

function chunked(...pieces: readonly string[]): string {
  return `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")}0\r\n\r\n`;
}

function streamed(...pieces: readonly string[]): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(...pieces)}`;
}

function sized(body: string, fields = "Content-Type: application/json\r\n"): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A route on which somebody compares: it has a candidate, which gets nothing. */
const COMPARED: Partial<Route> = {
  candidates: [{ version: "v2", endpoints: ["http://127.0.0.1:1"] }],
  rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 0 }] }],
};

async function ask(answer: string, { route = COMPARED, path = CHAT }: { route?: Partial<Route>; path?: string } = {}) {
  const upstream = await using(startAnswering(answer, "end"));
  const { url, outcomes } = await laneTo(upstream.url, { route });
  const response = await fetch(url + path, { method: "POST", body: "{}" });
  await response.text().catch(() => "it was broken off");
  await until("the outcome is told", () => outcomes.length === 1);
  return { failure: outcomes[0]?.outcome.failure, outcome: outcomes[0]?.outcome };
}

const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3 } })}\n\n`;
const ROLE = `data: ${JSON.stringify({ choices: [{ delta: { role: "assistant", content: "" } }] })}\n\n`;

describe("what an answer tells of itself", () => {
  it("is how many tokens were read and generated, and when the first one came", async () => {
    const upstream = await using(
      startRaw((socket) => {
        socket.once("data", async () => {
          const pieces = chunked(ROLE, DELTA, USAGE, DONE);
          const first = pieces.indexOf("\r\n", pieces.indexOf("data:")) + 4;
          socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`);
          socket.write(pieces.slice(0, first));
          await new Promise((later) => setTimeout(later, 40));
          socket.end(pieces.slice(first));
        });
      }),
    );
    const { url, outcomes } = await laneTo(upstream.url, { route: COMPARED });
    await (await fetch(url + CHAT, { method: "POST", body: "{}" })).text();
    await until("the outcome is told", () => outcomes.length === 1);
    const { generated, firstByte = 0 } = outcomes[0]?.outcome ?? {};
    expect(generated).toMatchObject({ promptTokens: 12, completionTokens: 3 });
    expect(generated?.firstToken).toBeGreaterThan(firstByte + 20);
  });

  it("has no first token when it comes in one piece", async () => {
    const { outcome } = await ask(
      sized(JSON.stringify({ ...JSON.parse(WHOLE), usage: { prompt_tokens: 5, completion_tokens: 1 } })),
    );
    expect(outcome?.generated).toEqual({ promptTokens: 5, completionTokens: 1, firstToken: -1 });
  });

  it("is nothing where it is not looked into", async () => {
    const plain = sized("Hi", "Content-Type: text/plain\r\n");
    expect((await ask(plain)).outcome?.generated).toBeUndefined();
    expect((await ask(streamed(DELTA, USAGE, DONE), { path: "/v1/models" })).outcome?.generated).toBeUndefined();
    const alone = await ask(streamed(DELTA, USAGE, DONE), { route: { candidates: [], rules: [] } });
    expect(alone.outcome?.generated).toBeUndefined();
  });
});

describe("an answer of 200", () => {
  it.each<[string, string, string | undefined]>([
    ["a whole stream", streamed(DELTA, DONE), undefined],
    ["a stream with an error in it", streamed(DELTA, ERROR), "error_event"],
    ["a stream that ends too soon", streamed(DELTA), "unfinished"],
    ["a stream of nothing", streamed(": keep-alive\n\n", DONE), "empty"],
    ["whole JSON", sized(WHOLE), undefined],
    ["an error as JSON", sized(JSON.stringify({ error: { message: "x" } })), "error_body"],
    ["JSON without its end", sized(WHOLE.slice(0, -3)), "bad_json"],
    ["JSON in which nothing is", sized(JSON.stringify({ choices: [{ message: { content: "" } }] })), "empty"],
    [
      "an encoded body, which is not looked into",
      sized("\u001f", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"),
      undefined,
    ],
    [
      "JSON until the connection ends",
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${WHOLE.slice(0, -1)}`,
      "bad_json",
    ],
  ])("is judged by what is in it: %s", async (_, answer, failure) => {
    expect((await ask(answer)).failure).toBe(failure);
  });

  it("is judged the same wherever its bytes were cut", async () => {
    const answer = streamed(DELTA, ERROR);
    const upstream = await using(
      startRaw((socket) => {
        socket.setNoDelay();
        socket.once("data", async () => {
          for (let i = 0; i < answer.length; i += 7) {
            socket.write(answer.slice(i, i + 7));
            await new Promise((next) => setImmediate(next));
          }
        });
      }),
    );
    const { url, outcomes } = await laneTo(upstream.url, { route: COMPARED });
    const response = await fetch(url + CHAT, { method: "POST", body: "{}" });
    expect(await response.text()).toBe(DELTA + ERROR);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "error_event" });
  });

  it("that is cut off is truncated, and says its own error where it had one", async () => {
    const cut = (answer: string) => answer.slice(0, -5);
    expect((await ask(cut(streamed(DELTA)))).failure).toBe("truncated");
    expect((await ask(cut(streamed(DELTA, ERROR)))).failure).toBe("error_event");
  });

  it("is not looked into where nobody compares, or of what is asked nothing is known", async () => {
    const bad = sized(JSON.stringify({ error: "x" }));
    expect((await ask(bad, { route: {} })).failure).toBeUndefined();
    expect((await ask(bad, { route: { ...COMPARED, autoCut: NO_AUTO_CUT } })).failure).toBeUndefined();
    expect((await ask(bad, { path: "/orders" })).failure).toBeUndefined();
  });
});

describe("a stream without a token", () => {
  const begun = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
  const settings = { firstTokenTimeout: 150 };

  async function keepAlive(first: string) {
    const upstream = await using(
      startRaw((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => {
          socket.write(begun + first);
          const comments = setInterval(() => socket.write(": keep-alive\n\n"), 20);
          socket.once("close", () => clearInterval(comments));
        });
      }),
    );
    const { lane, outcomes } = await laneTo(upstream.url, { route: COMPARED, settings });
    const client = rawClient(lane.port, `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);
    return { client, outcomes };
  }

  it("is broken off when its time is over, though it is not silent", async () => {
    const { client, outcomes } = await keepAlive("");
    await client.closed;
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "first_token_timeout" });
  });

  it("has all the time once the first has come", async () => {
    const { client, outcomes } = await keepAlive(DELTA);
    const end = performance.now() + 400;
    await until("the time would be over", () => performance.now() > end);
    expect(outcomes).toEqual([]);
    client.socket.destroy();
  });
});

describe("a client that leaves inside an answer", () => {
  async function leaveAfter(answer: string) {
    const upstream = await using(startAnswering(answer));
    const { lane, outcomes } = await laneTo(upstream.url, { route: COMPARED });
    const client = rawClient(lane.port, `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);
    await until("the answer has come", () => client.text().includes("data:"));
    client.socket.destroy();
    await until("the outcome is told", () => outcomes.length === 1);
    return outcomes[0]?.outcome;
  }

  it("says nothing about the version, unless the answer had ended or said what it was", async () => {
    const open = (...pieces: readonly string[]) => streamed(...pieces).slice(0, -5);
    expect(await leaveAfter(open(DELTA))).toMatchObject({ left: true, failure: undefined });
    expect(await leaveAfter(open(DELTA, DONE))).toMatchObject({ left: false, failure: undefined });
    expect(await leaveAfter(open(DELTA, ERROR))).toMatchObject({ left: false, failure: "error_event" });
  });
});
