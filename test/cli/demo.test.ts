import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { until } from "../kit/until.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli/main.js");
const COMPLETION = JSON.stringify({ model: "demo-chat", prompt: "Well?", max_tokens: 1 });

interface Demo {
  readonly said: () => string;
  /** Resolves to its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
}

function startDemo(args: string[], TMPDIR: string): Demo {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith("CANARY_"));
  const env = { ...Object.fromEntries(foreign), TMPDIR };
  const child = spawn(process.execPath, [CLI, "demo", ...args], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      said += data;
    });
  }
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  return { said: () => said, ended, signal: (name) => child.kill(name) };
}

async function isRunning(demo: Demo): Promise<void> {
  await until("the demo says what to try", () => demo.said().includes("Ctrl-C stops all of it."));
}

/** Does what a printed curl line does. */
function curl(line: string): Promise<Response> {
  const url = / (http:\S+)( \||$)/.exec(line)?.[1] ?? "";
  const body = / -d '([^']*)'/.exec(line)?.[1];
  const method = / -X (\S+)/.exec(line)?.[1] ?? (body === undefined ? "GET" : "POST");
  const headers = [...line.matchAll(/ -H '([^:]+): ([^']*)'/g)].map(([, name, value]) => [name, value] as const);
  return fetch(url, { method, headers: headers.map(([name = "", value = ""]) => [name, value]), body: body ?? null });
}

async function isFree(url: string): Promise<boolean> {
  const server = createServer().listen(Number(new URL(url).port), "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), "canary-router-test-"));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe("canary-router demo", () => {
  let demo: Demo;
  let lines: string[];
  let urls: Record<"proxy" | "admin" | "candidate", string>;
  let openai: OpenAI;

  beforeAll(async () => {
    demo = startDemo(["--proxy-port=0", "--admin-port=0"], temporary);
    await isRunning(demo);
    lines = demo
      .said()
      .split("\n")
      .filter((line) => line.startsWith("   curl "));
    const place = (name: string) => new RegExp(`^  ${name} +(\\S+)`, "m").exec(demo.said())?.[1] ?? "";
    const candidate = new URL(/http:\S+\/demo\/misbehave/.exec(demo.said())?.[0] ?? "").origin;
    urls = { proxy: place("proxy"), admin: place("admin"), candidate };
    openai = new OpenAI({ baseURL: `${urls.proxy}/v1`, apiKey: "none", maxRetries: 0 });
  });
  afterAll(() => demo.signal("SIGKILL"));

  const question = { model: "demo-chat", messages: [{ role: "user" as const, content: "Which version are you?" }] };

  /** The candidate's part of 300 callers' requests, 0–1. */
  async function candidateShare(): Promise<number> {
    const callers = Array.from({ length: 300 }, (_, i) => `caller-${i}`);
    const tracks: (string | null)[] = [];
    const worker = async () => {
      for (let caller = callers.pop(); caller !== undefined; caller = callers.pop()) {
        const answer = await fetch(`${urls.proxy}/v1/models`, { headers: { "x-session-id": caller } });
        await answer.arrayBuffer();
        tracks.push(answer.headers.get("x-canary-track"));
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    return tracks.filter((track) => track === "candidate").length / tracks.length;
  }

  it("prints a line that sends a request, whose answer tells the version", async () => {
    const answer = await curl(lines[0] ?? "");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-canary-route")).toBe("chat");
    expect(await answer.text()).toContain(`This is version ${answer.headers.get("x-canary-version")}.`);
  });

  it("lets the openai package chat, stream and embed through the router", async () => {
    const chat = await openai.chat.completions.create(question);
    expect(chat.choices[0]?.message.content).toMatch(/^This is version 2026-1[01]\. /);
    let streamed = "";
    for await (const chunk of await openai.chat.completions.create({ ...question, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? "";
    }
    expect(streamed).toMatch(/^This is version 2026-1[01]\. /);
    const embeddings = await openai.embeddings.create({ model: "demo-embed", input: ["one", "two"] });
    expect(embeddings.data.map(({ embedding }) => embedding.length)).toEqual([32, 32]);
  });

  it("prints a line that changes the share, and the traffic moves", async () => {
    expect(await candidateShare()).toBeLessThan(0.2);
    expect((await curl(lines[1] ?? "")).status).toBe(200);
    const after = await candidateShare();
    expect(after).toBeGreaterThan(0.4);
    expect(after).toBeLessThan(0.6);
  });

  it("prints a line that shows what each version has answered, of the traffic too", async () => {
    const pattern = new RegExp(/grep '([^']+)'/.exec(lines[2] ?? "")?.[1] ?? "nothing");
    const counts = async () => {
      const text = await (await curl(lines[2] ?? "")).text();
      return text
        .split("\n")
        .filter((line) => pattern.test(line))
        .map((line) => Number(line.split(" ").at(-1)));
    };
    const before = await counts();
    expect(before.length).toBe(2);
    await until("both versions have answered more", async () =>
      (await counts()).every((count, i) => count > (before[i] ?? Number.POSITIVE_INFINITY)),
    );
  });

  it("prints a line that lets the candidate fail, and one that makes it well", async () => {
    const ask = () => fetch(`${urls.candidate}/v1/completions`, { method: "POST", body: COMPLETION });
    expect((await curl(lines[3] ?? "")).status).toBe(200);
    await until("a request fails", async () => (await ask()).status === 500);
    expect((await curl(lines[4] ?? "")).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it("stops all of it on Ctrl-C: exit code 0, ports free, nothing left on disk", async () => {
    expect(readdirSync(temporary).length).toBe(1);
    const before = performance.now();
    demo.signal("SIGINT");
    expect(await demo.ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(3000);
    expect(readdirSync(temporary)).toEqual([]);
    for (const url of Object.values(urls)) expect(await isFree(url)).toBe(true);
  });
});

describe("canary-router demo --release", () => {
  it("brings the new version in: as a shadow, with 1 %, and by a ramp to everybody", async () => {
    const demo = startDemo(["--proxy-port=0", "--admin-port=0", "--release", "--step=1"], temporary);
    onTestFinished(() => demo.signal("SIGKILL"));
    await until("it is over", () => demo.said().includes("Make it the route's stable version"), 100_000);
    const said = demo.said();
    const told = [
      "1 of 3, shadow.",
      "The verdict is good.",
      "2 of 3, first requests.",
      "requests of customers.",
      "3 of 3, ramp.",
      "100 % of the sessions get 2026-11.",
      "2026-11 answers everybody.",
    ];
    const places = told.map((line) => said.indexOf(line));
    expect(places, said).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    demo.signal("SIGINT");
    expect(await demo.ended).toBe(0);
  }, 120_000);

  it("ends where the new version does badly as a shadow, and no customer gets it", async () => {
    const demo = startDemo(["--proxy-port=0", "--admin-port=0", "--release"], temporary);
    onTestFinished(() => demo.signal("SIGKILL"));
    await isRunning(demo);
    const misbehave = /http:\S+\/demo\/misbehave/.exec(demo.said())?.[0] ?? "";
    await fetch(misbehave, { method: "POST", body: '{"errorRate": 1}' });
    await until("it is cut", () => demo.said().includes("the release ends here"), 60_000);
    expect(demo.said()).not.toContain("2 of 3");
    demo.signal("SIGINT");
    expect(await demo.ended).toBe(0);
  }, 80_000);
});

describe("canary-router demo, about its ports", () => {
  it("takes others when the usual ones are taken", async () => {
    // If this cannot listen, somebody else does, which is as good.
    const taken = [8080, 8081].map((port) =>
      createServer()
        .on("error", () => {})
        .listen(port, "127.0.0.1"),
    );
    const demo = startDemo([], temporary);
    await isRunning(demo);
    expect(demo.said()).not.toMatch(/:808[01]\b/);
    demo.signal("SIGTERM");
    expect(await demo.ended).toBe(0);
    for (const server of taken) server.close();
  });

  it("says so when a port that was asked for is taken, and leaves nothing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const demo = startDemo([`--proxy-port=${port}`, "--admin-port=0"], temporary);
    expect(await demo.ended).toBe(1);
    expect(demo.said()).toContain(`${port}`);
    expect(readdirSync(temporary)).toEqual([]);
    server.close();
  });

  it("tells wrong usage apart", async () => {
    const demo = startDemo(["--ports=1"], temporary);
    expect(await demo.ended).toBe(2);
    expect(demo.said()).toContain("Usage: canary-router demo");
  });
});
