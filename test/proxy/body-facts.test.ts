import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Route, Version } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import { type Seen, startEcho, type Upstream } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const EMPTY = '{"model":"big","prompt":""}'.length;
const CHAT = "/v1/chat/completions";

/** Requests for the model `big` go to the candidate at `candidate`. */
function byModel(candidate: Upstream, extras: Partial<Version> = {}): Partial<Route> {
  return {
    candidates: [{ version: "v2", endpoints: [candidate.url], ...extras }],
    rules: [
      {
        name: "big",
        when: [{ fact: "model", values: ["big"] }],
        shares: [{ version: "v2", points: 10_000 }],
        between: undefined,
      },
    ],
  };
}

async function stage(extras: Partial<Version> = {}, settings = {}) {
  const stable = await using(startEcho());
  const candidate = await using(startEcho());
  const fixture = await laneTo(stable.url, { route: byModel(candidate, extras), settings });
  return { ...fixture, stable, candidate };
}

function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}${CHAT}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

async function seenBy(response: Response): Promise<Seen> {
  return (await response.json()) as Seen;
}

function headerOf(seen: Seen, name: string): string | undefined {
  return seen.headers.find(([field]) => field === name)?.[1];
}

describe("rules that ask for what stands in the body", () => {
  it("find the model there, and pass the body on byte for byte", async () => {
    const { url } = await stage();
    for (const [model, version] of [
      ["big", "v2"],
      ["small", "v1"],
    ]) {
      const body = `{ "messages": [{"role":"user","content":"hé"}],\n "model" : "${model}" }`;
      const response = await post(url, body);
      expect(response.headers.get("x-canary-version")).toBe(version);
      expect((await seenBy(response)).body).toBe(Buffer.from(body).toString("latin1"));
    }
  });

  it("wait for the part of the body that names it", async () => {
    const { lane, candidate } = await stage();
    const body = '{"stream":false,"model":"big"}';
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const client = rawClient(lane.port, head + body.slice(0, 20));
    expect(candidate.accepted()).toBe(0);
    client.socket.write(body.slice(20));
    await until("it is answered", () => client.text().includes("x-canary-version: v2"));
    await until("the body came whole", () => client.text().includes('\\"model\\":\\"big\\"'));
  });

  it("find it in a chunked body, which arrives in chunks with the same data", async () => {
    const { lane } = await stage();
    const chunks = ["{", '"model":"', 'big"', "}"].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    for (const cut of [0, 3, 9, 15]) {
      const text = `${chunks.join("")}0\r\n\r\n`;
      const client = rawClient(lane.port, head + text.slice(0, cut));
      client.socket.write(text.slice(cut));
      await until("it is answered", () => client.text().includes("x-canary-version: v2"));
      await until("the data is the same", () => client.text().includes('"body":"{\\"model\\":\\"big\\"}"'));
    }
  });

  it("take what the first part tells where the body is too large to read, and pass on all of it", async () => {
    const { url, unread } = await stage({}, { bodyPeekLimit: 4096 });
    const filler = "x".repeat(300_000);
    const early = await post(url, `{"model":"big","prompt":"${filler}"}`);
    expect(early.headers.get("x-canary-version")).toBe("v2");
    expect((await seenBy(early)).length).toBe(300_000 + EMPTY);
    const late = await post(url, `{"prompt":"${filler}","model":"big"}`);
    expect(late.headers.get("x-canary-version")).toBe("v1");
    expect((await seenBy(late)).length).toBe(300_000 + EMPTY);
    expect(unread).toEqual(["too_large", "too_large"]);
    expect((await post(url, '{"model":"big"}')).headers.get("x-canary-version")).toBe("v2");
    expect(unread).toHaveLength(2);
  });

  it("read no more of a large body when more of it has come in one piece", async () => {
    const { url, unread } = await stage({}, { bodyPeekLimit: 4096 });
    const late = await post(url, `{"prompt":"${"x".repeat(8_000)}","model":"big"}`);
    expect([late.headers.get("x-canary-version"), unread]).toEqual(["v1", ["too_large"]]);
  });

  it.each<[string, (body: Buffer) => Buffer]>([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("look into a body coded with %s, and pass it on as it came", async (coding, coder) => {
    const { url, unread } = await stage();
    for (const [model, version] of [
      ["big", "v2"],
      ["small", "v1"],
    ]) {
      const coded = Buffer.from(coder(Buffer.from(`{"model":"${model}"}`)));
      const response = await post(url, coded, { "content-encoding": coding });
      expect(response.headers.get("x-canary-version")).toBe(version);
      const seen = await seenBy(response);
      expect([seen.body, headerOf(seen, "content-encoding")]).toEqual([coded.toString("latin1"), coding]);
    }
    expect(unread).toEqual([]);
  });

  it("look into as much of a coded body as of another, also of a bomb", async () => {
    const { url, unread } = await stage({}, { bodyPeekLimit: 64 * 1024 });
    const bomb = Buffer.from(gzipSync(`{"model":"big","prompt":"${"x".repeat(20_000_000)}"}`));
    const response = await post(url, bomb, { "content-encoding": "gzip" });
    expect([response.headers.get("x-canary-version"), unread]).toEqual(["v2", ["too_large"]]);
  });

  it("know nothing of a body in a coding that cannot be taken off, and do not wait for it", async () => {
    const { url, lane, unread, stable } = await stage();
    const broken = await post(url, '{"model":"big"}', { "content-encoding": "gzip" });
    expect([broken.headers.get("x-canary-version"), unread]).toEqual(["v1", ["coding"]]);
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: compress\r\nContent-Length: 50\r\n\r\n{`;
    const held = stable.open();
    rawClient(lane.port, head);
    rawClient(lane.port, head);
    await until("both are on their way before their bodies have come", () => stable.open() > held);
    expect(unread).toEqual(["coding", "coding", "coding"]);
  });

  it("answer an Expect themselves, since who would answer is what the body decides", async () => {
    const { lane } = await stage();
    const body = '{"model":"big"}';
    const client = rawClient(
      lane.port,
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await until("it may go on", () => client.text() === "HTTP/1.1 100 Continue\r\n\r\n");
    client.socket.write(body);
    await until("it is answered", () => client.text().includes("x-canary-version: v2"));
    expect(client.text()).not.toMatch(/"expect"/i);
    expect(client.text().match(/100 Continue/g)).toHaveLength(1);
  });

  it("give up on a body that stops coming", async () => {
    const { lane, outcomes, decisions } = await stage({}, { bodyTimeout: 40 });
    const client = rawClient(
      lane.port,
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
    );
    await until("it is told", () => client.text().includes("x-canary-error: body_timeout"));
    expect([decisions, outcomes]).toEqual([[], []]);
  });

  it("do not read a body when no rule asks for it", async () => {
    const stable = await using(startEcho());
    const { lane } = await laneTo(stable.url);
    const client = rawClient(
      lane.port,
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
    );
    await until("it is on its way before the body has come", () => stable.open() === 1);
    client.socket.destroy();
  });
});

describe("a version with a model name of its own", () => {
  it("finds it in the body, with the length corrected", async () => {
    const { url } = await stage({ model: 'big-"2"-ü' });
    const response = await post(url, '{"model":"big","n":1}');
    const seen = await seenBy(response);
    const body = Buffer.from(seen.body ?? "", "latin1");
    expect(JSON.parse(body.toString())).toEqual({ model: 'big-"2"-ü', n: 1 });
    expect(headerOf(seen, "content-length")).toBe(String(body.length));
  });

  it("finds it in a chunked body too", async () => {
    const { lane } = await stage({ model: "other" });
    const client = rawClient(
      lane.port,
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"model":"big"}\r\n0\r\n\r\n`,
    );
    await until("the name is the version's", () => client.text().includes('"body":"{\\"model\\":\\"other\\"}"'));
  });

  it("leaves stable's requests as they are", async () => {
    const { url } = await stage({ model: "other" });
    expect((await seenBy(await post(url, '{"model":"small"}'))).body).toBe('{"model":"small"}');
  });
});

describe("a version that wants to be asked in its own way", () => {
  it("gets its headers in the place of the client's, secrets out of the environment", async () => {
    const candidate = await using(startEcho());
    const stable = await using(startEcho());
    const warnings: string[] = [];
    const headers = [
      {
        name: "authorization",
        value: [{ from: "text", text: "Bearer " } as const, { from: "env", env: "KEY" } as const],
      },
      { name: "x-missing", value: [{ from: "env", env: "NOT_THERE" } as const] },
    ];
    const { url } = await laneTo(stable.url, {
      route: byModel(candidate, { headers }),
      surroundings: { env: (name) => (name === "KEY" ? "s3cret" : undefined), warn: (text) => warnings.push(text) },
    });
    const seen = await seenBy(await post(url, '{"model":"big"}', { authorization: "Bearer client", "x-missing": "1" }));
    expect(headerOf(seen, "authorization")).toBe("Bearer s3cret");
    expect(headerOf(seen, "x-missing")).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("NOT_THERE")]);
  });

  it.each([
    ["/v1", "/serve/v2", `${CHAT}?a=1`, "/serve/v2/chat/completions?a=1"],
    [CHAT, "", `${CHAT}?a=1`, "/?a=1"],
    ["/v", "/x", CHAT, CHAT],
    ["", "/all", CHAT, `/all${CHAT}`],
  ])("its path: %s becomes %s", async (prefix, to, asked, seenPath) => {
    const { url } = await stage({ path: { prefix, to } });
    const response = await fetch(url + asked, {
      method: "POST",
      body: '{"model":"big"}',
      headers: { "content-type": "application/json" },
    });
    expect((await seenBy(response)).url).toBe(seenPath);
  });
});
