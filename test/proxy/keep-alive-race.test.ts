import { Agent, request } from "node:http";
import { describe, expect, it } from "vitest";
import { startRaw } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

/** How often each method is tried; 10,000 for the record. */
const TRIES = Number(process.env["RACE_TRIES"] ?? 400);
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Closes each connection a moment after it has answered on it: about when the next request comes. */
function startClosingAsWeSend(executed: Map<string, number>) {
  return startRaw((socket) => {
    let head = "";
    socket.on("data", (data) => {
      head += data.toString("latin1");
      const id = /\r\nx-id: (\d+)\r\n[\s\S]*\r\n\r\n(?:hello)?$/i.exec(head)?.[1];
      if (id === undefined || (head.startsWith("POST") && !head.endsWith("hello"))) return;
      head = "";
      executed.set(id, (executed.get(id) ?? 0) + 1);
      socket.write(ANSWER);
      const turns = Math.floor(Math.random() * 4);
      if (turns === 0) setImmediate(() => socket.destroy());
      else if (turns < 3) setTimeout(() => socket.destroy(), turns);
    });
  });
}

describe("a server that closes kept-alive connections as we send", () => {
  it.each(["GET", "POST"])("fails no %s, and is asked for none twice", { timeout: 600_000 }, async (method) => {
    const executed = new Map<string, number>();
    const upstream = await using(startClosingAsWeSend(executed));
    const { lane } = await laneTo(upstream.url);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const failed: unknown[] = [];
    let next = 0;
    const one = (id: number) =>
      new Promise<void>((resolve) => {
        const asking = request(
          { port: lane.port, host: "127.0.0.1", method, agent, headers: { "x-id": id } },
          (answer) => {
            if (answer.statusCode !== 200) failed.push(answer.headers["x-canary-error"]);
            answer.resume().on("close", resolve);
          },
        );
        asking.on("error", (error) => {
          failed.push(error);
          resolve();
        });
        asking.end(method === "POST" ? "hello" : undefined);
      });
    const worker = async (): Promise<void> => {
      while (next < TRIES) {
        await one(next++);
        if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    agent.destroy();
    expect(failed).toEqual([]);
    expect([...executed.values()].filter((times) => times !== 1)).toEqual([]);
    expect(executed.size).toBe(TRIES);
    // The race was run: connections were reused, and closed under way.
    expect(upstream.accepted()).toBeGreaterThan(TRIES / 20);
    expect(upstream.accepted()).toBeLessThan(TRIES);
  });
});
