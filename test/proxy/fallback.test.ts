import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Fallback, Route } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import {
  refusedUrl,
  startAnswering,
  startEcho,
  startRaw,
  startResetting,
  startSilent,
  type Upstream,
} from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const CHAT = "/v1/chat/completions";
const FAILED = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";

/** Every request goes to the candidate at `url`; stable echoes. */
async function stage(url: string, fallback?: Fallback, settings = {}) {
  const stable = await using(startEcho());
  const route: Partial<Route> = {
    candidates: [{ version: "v2", endpoints: [url] }],
    rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 10_000 }], between: undefined }],
    fallback,
  };
  return { stable, ...(await laneTo(stable.url, { route, settings })) };
}

function post(url: string, body: string | Buffer = '{"n":1}'): Promise<Response> {
  return fetch(url, { method: "POST", body: body, headers: { "content-type": "application/json" } });
}

async function urlOf(upstream: Promise<Upstream>): Promise<string> {
  return (await using(upstream)).url;
}

describe("a candidate that fails before its answer begins", () => {
  it.each<[string, () => Promise<string>, string]>([
    ["takes no connection", refusedUrl, "connect_refused"],
    ["resets", () => urlOf(startResetting()), "reset"],
    ["closes without an answer", () => urlOf(startAnswering("", "end")), "reset"],
    ["answers garbage", () => urlOf(startAnswering("garbage\r\n\r\n")), "protocol_error"],
    ["says nothing", () => urlOf(startSilent()), "first_byte_timeout"],
    ["ends inside its head", () => urlOf(startAnswering("HTTP/1.1 200 OK\r\nContent-", "end")), "reset"],
  ])("and %s is not seen by the client, and is counted", async (_what, candidate, reason) => {
    const { url, outcomes, moves } = await stage(await candidate(), undefined, { firstByteTimeout: 100 });
    const response = await post(url + CHAT);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ body: '{"n":1}', url: CHAT, method: "POST" });
    expect(response.headers.get("x-canary-version")).toBe("v1");
    expect(response.headers.get("x-canary-track")).toBe("stable");
    expect(response.headers.get("x-canary-fallback")).toBe(reason);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(moves).toMatchObject([[{ version: { version: "v2" } }, { version: { version: "v1" } }, reason]]);
    expect(outcomes[0]).toMatchObject({
      decision: { reason: "fallback" },
      outcome: { status: 200, failure: undefined },
    });
  });

  it("with a 5xx is passed on, unless the route asks to hide it", async () => {
    const candidate = await urlOf(startAnswering(FAILED));
    const shown = await post(`${(await stage(candidate)).url}${CHAT}`);
    expect([shown.status, await shown.text(), shown.headers.get("x-canary-fallback")]).toEqual([503, "busy", null]);
    const hidden = await post(`${(await stage(candidate, "5xx")).url}${CHAT}`);
    expect([hidden.status, hidden.headers.get("x-canary-fallback")]).toEqual([200, "http_5xx"]);
  });

  it.each([
    ["stream", "text/event-stream", 'data: {"error":{"message":"CUDA error"}}\n\n', "error_event"],
    ["body", "application/json", '{"error":{"message":"CUDA error"}}', "error_body"],
  ])(
    "by saying so in the beginning of a %s is passed on, too, unless the route asks to hide it",
    async (_, type, body, reason) => {
      const answer = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const candidate = await urlOf(startAnswering(answer));
      const shown = await stage(candidate);
      expect(await (await post(`${shown.url}${CHAT}`)).text()).toBe(body);
      await until("the outcome is told", () => shown.outcomes.length === 1);
      expect(shown.outcomes[0]?.outcome.failure).toBe(reason);
      const hiding = await stage(candidate, "5xx");
      const hidden = await post(`${hiding.url}${CHAT}`);
      expect([hidden.headers.get("x-canary-version"), hidden.headers.get("x-canary-fallback")]).toEqual(["v1", reason]);
      expect(await hidden.json()).toMatchObject({ body: '{"n":1}' });
      expect(hiding.moves[0]?.[2]).toBe(reason);
    },
  );

  it("is shown where the route says never", async () => {
    const response = await post(`${(await stage(await refusedUrl(), "never")).url}${CHAT}`);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([502, "upstream_refused"]);
  });

  it("is shown when the request may not be sent twice, unless it was not sent at all", async () => {
    const unknown = "/orders";
    const broken = await post(`${(await stage(await urlOf(startResetting()))).url}${unknown}`);
    expect([broken.status, broken.headers.get("x-canary-fallback")]).toEqual([502, null]);
    const unsent = await post(`${(await stage(await refusedUrl())).url}${unknown}`);
    expect([unsent.status, unsent.headers.get("x-canary-fallback")]).toEqual([200, "connect_refused"]);
    const allowed = await post(`${(await stage(await urlOf(startResetting()), "failures")).url}${unknown}`);
    expect([allowed.status, allowed.headers.get("x-canary-fallback")]).toEqual([200, "reset"]);
  });

  it("is shown when the body is too large to be kept, by itself or beside others", async () => {
    const large = Buffer.alloc(400_000, "x");
    for (const settings of [{ replayLimit: 100_000 }, { replayTotal: 100_000 }]) {
      const { url } = await stage(await urlOf(startSilent()), undefined, { firstByteTimeout: 100, ...settings });
      const response = await post(url + CHAT, large);
      expect([response.status, response.headers.get("x-canary-fallback")]).toEqual([504, null]);
    }
    const { url } = await stage(await urlOf(startSilent()), undefined, { firstByteTimeout: 100 });
    const response = await post(url + CHAT, large);
    expect([response.status, response.headers.get("x-canary-fallback")]).toEqual([200, "first_byte_timeout"]);
    expect(await response.json()).toMatchObject({ length: 400_000 });
  });

  it("is shown once an answer has begun", async () => {
    const { url } = await stage(
      await urlOf(startAnswering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "end")),
    );
    const response = await post(url + CHAT);
    await expect(response.text()).rejects.toThrow();
    expect(response.headers.get("x-canary-version")).toBe("v2");
  });

  it("is tried once: when stable fails too, the client is told", async () => {
    const { url, stable } = await stage(await refusedUrl());
    await stable.close();
    const response = await post(url + CHAT);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([502, "upstream_refused"]);
    expect(response.headers.get("x-canary-fallback")).toBe("connect_refused");
  });

  it("is shown when the request was sent once, and lost, before the candidate took no connection any more", async () => {
    let candidate: Upstream | undefined;
    let requests = 0;
    const open = startRaw((socket) => {
      socket.on("data", () => {
        requests++;
        if (requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else void candidate?.close(); // it has read the order, and falls over
      });
    });
    candidate = await using(open);
    const { url } = await stage(candidate.url);
    expect((await post(`${url}/orders`)).status).toBe(200);
    const lost = await post(`${url}/orders`);
    expect(requests).toBe(2);
    expect([lost.status, lost.headers.get("x-canary-fallback")]).toEqual([502, null]);
  });

  it("is made good with the body as it came, though the candidate got another model's name in it", async () => {
    const candidate = await using(
      startRaw((socket) => {
        let received = 0;
        socket.on("data", (data) => {
          received += data.length;
          if (received > 20_000) socket.resetAndDestroy();
        });
      }),
    );
    const { lane, edit } = await stage(candidate.url, undefined, { bodyPeekLimit: 1_024 });
    edit({ candidates: [{ version: "v2", endpoints: [candidate.url], model: "a-much-longer-name" }] });
    const body = `{"model":"m","x":"${"y".repeat(40_000)}"}`;
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const client = rawClient(lane.port, head + body.slice(0, 1_100));
    await until("the candidate has the beginning", () => candidate.open() === 1);
    for (let at = 1_100; at < body.length; at += 1_000) {
      client.socket.write(body.slice(at, at + 1_000));
      await new Promise((resolve) => setTimeout(resolve, 2)); // in many pieces
    }
    await until("it is answered", () => client.text().endsWith("}"));
    expect(client.text()).toMatch(/x-canary-fallback: reset\r\n/);
    const seen: unknown = JSON.parse(client.text().slice(client.text().indexOf("\r\n\r\n") + 4));
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect(seen).toMatchObject({ length: body.length, sha256 });
  });
});
