import { once } from "node:events";
import { createConnection } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { startHttp } from "../kit/upstream.ts";
import { rulesText, startRouter, temporaryFile } from "./stage.ts";

/** A model that streams: it sends a first chunk at once and the last one when it is told to. */
async function streaming(env: Record<string, string> = {}) {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const model = await startHttp(async (_, response) => {
    response.write("data: first\n\n");
    await finished;
    response.end("data: last\n\n");
  });
  onTestFinished(() => model.close());
  const rulesFile = temporaryFile("rules.yaml", rulesText({ stable: model.url, candidate: model.url }, "0%"));
  const router = await startRouter({ RULES_FILE: rulesFile, ...env });
  const answer = await fetch(`${router.proxyUrl}/v1/chat/completions`, { method: "POST" });
  const chunks = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (chunks === undefined) throw new Error("no body");
  expect((await chunks.read()).value).toBe("data: first\n\n");
  return { router, chunks, finish };
}

describe.each(["1", "2"])("a router of %s", (workers) => {
  it("finishes the stream that is in flight on SIGTERM, takes no new connection, and exits 0", async () => {
    const { router, chunks, finish } = await streaming({ WORKERS: workers });
    router.signal("SIGTERM");
    const ready = async () => (await fetch(`${router.adminUrl}/readyz`)).status;
    await expect.poll(ready).toBe(503);
    await expect(fetch(`${router.proxyUrl}/v1/chat/completions`)).rejects.toThrow();
    expect((await fetch(`${router.adminUrl}/metrics`)).status).toBe(200);
    finish();
    expect((await chunks.read()).value).toBe("data: last\n\n");
    expect((await chunks.read()).done).toBe(true);
    expect(await router.ended).toBe(0);
  });

  it("ends what is still in flight after the drain", async () => {
    const { router, chunks } = await streaming({ WORKERS: workers, PROXY_DRAIN: "100ms" });
    router.signal("SIGTERM");
    await expect(chunks.read()).rejects.toThrow();
    expect(await router.ended).toBe(0);
  });

  it("exits at once on the second signal", async () => {
    const { router, chunks } = await streaming({ WORKERS: workers });
    router.signal("SIGINT");
    await expect.poll(() => router.log.some(({ message }) => message === "the router is stopping")).toBe(true);
    router.signal("SIGINT");
    expect(await router.ended).toBe(130);
    await expect(chunks.read()).rejects.toThrow();
  });

  it("does not wait for connections on which nothing happens", async () => {
    const { router, chunks, finish } = await streaming({ WORKERS: workers });
    const idle = createConnection(Number(new URL(router.proxyUrl).port), "127.0.0.1");
    await once(idle, "connect");
    finish();
    await chunks.read();
    await chunks.read();
    router.signal("SIGTERM");
    expect(await router.ended).toBe(0);
    idle.destroy();
  });
});
