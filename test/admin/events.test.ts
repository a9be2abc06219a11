import { createServer } from "node:http";
import { connect } from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Event, type Events, eventHub } from "../../src/admin/events.ts";
import type { VersionNumbers } from "../../src/metrics/router-metrics.ts";
import { until } from "../kit/until.ts";
import { setUp } from "./kit.ts";

interface Heard {
  readonly event: string;
  readonly data: unknown;
}

describe("GET /api/events", () => {
  let hub: Events;
  let port: number;
  let connections: () => Promise<number>;
  let state: Event[];
  let asked: number;
  let numbers: VersionNumbers[];

  beforeEach(() => serve(20));
  afterEach(() => hub.close());

  async function serve(everyMs: number): Promise<void> {
    state = [{ name: "rules", data: { revision: 7 } }];
    asked = 0;
    numbers = [];
    hub = eventHub({
      everyMs,
      numbers: () => numbers,
      state: async () => {
        asked++;
        return state;
      },
    });
    const { app } = await setUp({ events: hub });
    const server = createServer(app);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    connections = promisify(server.getConnections.bind(server));
    onTestFinished(() => {
      hub.close();
      server.closeAllConnections();
      server.close();
    });
  }

  async function listen() {
    const leaving = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/api/events`, { signal: leaving.signal });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    // `fetch` takes gzip, which would wait for more.
    expect(response.headers.get("content-encoding")).toBeNull();
    const heard: Heard[] = [];
    let text = "";
    let ended = false;
    const read = async (): Promise<void> => {
      for await (const chunk of response.body ?? []) {
        text += new TextDecoder().decode(chunk);
        for (const [whole, event = "", data = ""] of text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)) {
          heard.push({ event, data: JSON.parse(data) });
          text = text.slice(text.indexOf(whole) + whole.length);
        }
      }
    };
    void read()
      .catch(() => undefined)
      .finally(() => {
        ended = true;
      });
    return { heard, leave: () => leaving.abort(), ended: () => ended };
  }

  it("begins with the state, and tells it again when it has changed", async () => {
    const { heard } = await listen();
    await until("the state is told", () => heard.length > 0);
    expect(heard[0]).toEqual({ event: "rules", data: { revision: 7 } });
    state = [{ name: "rules", data: { revision: 8 } }];
    await until("the change is told", () => heard.some((one) => JSON.stringify(one.data) === '{"revision":8}'));
    const count = (name: string) => heard.filter(({ event }) => event === name).length;
    const [rules, seconds] = [count("rules"), count("numbers")];
    await until("it has looked some times more", () => count("numbers") >= seconds + 3);
    expect(count("rules")).toBe(rules);
  });

  it("tells a change at once that it is told of", async () => {
    await serve(3_600_000);
    const { heard } = await listen();
    await until("the state is told", () => heard.length > 0);
    const began = asked;
    for (let revision = 8; revision <= 20; revision++) {
      state = [{ name: "rules", data: { revision } }];
      hub.changed();
    }
    await until("the last one is told", () => heard.some((one) => JSON.stringify(one.data) === '{"revision":20}'));
    expect(asked - began).toBeLessThan(13); // many changes are one look
  });

  it("tells each second what became of requests in it", async () => {
    const version = { route: "chat", version: "v1", track: "stable" as const };
    numbers = [{ ...version, requests: 100, failures: 10, inFlight: 1 }];
    const { heard } = await listen();
    await until("it listens", () => heard.length > 0);
    numbers = [{ ...version, requests: 130, failures: 11, inFlight: 2 }];
    const told = () => heard.filter(({ event }) => event === "numbers").map(({ data }) => JSON.stringify(data));
    const change = JSON.stringify({ versions: [{ ...version, requests: 30, failures: 1, inFlight: 2 }] });
    const nothing = JSON.stringify({ versions: [{ ...version, requests: 0, failures: 0, inFlight: 2 }] });
    await until("it is told", () => told().includes(change));
    await until("the next second is told", () => told().at(-1) === nothing);
    expect(told().filter((data) => data === change)).toHaveLength(1);
  });

  it("asks nothing of anybody once nobody listens", async () => {
    const { heard, leave } = await listen();
    await until("a second has passed", () => heard.some(({ event }) => event === "numbers"));
    leave();
    const silent = async (): Promise<boolean> => {
      const before = asked;
      await new Promise((resolve) => setTimeout(resolve, 50)); // longer than until it would ask again
      return asked === before;
    };
    await until("nothing is asked", silent, 10_000);
  });

  it("lets go who does not read, and nobody else", async () => {
    const { heard, ended } = await listen();
    const lazy = connect(port, "127.0.0.1");
    lazy.write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    lazy.pause();
    lazy.on("error", () => undefined);
    await until("both have been told the state", () => asked >= 2);
    let rounds = 0;
    await until("the lazy one is let go", async () => {
      state = [{ name: "large", data: { text: `${++rounds}`.padEnd(100_000) } }];
      hub.changed();
      await until("the other has read it", () => heard.filter(({ event }) => event === "large").length >= rounds);
      return (await connections()) === 1;
    });
    expect(ended()).toBe(false);
    lazy.destroy();
  });

  it("is for a hundred listeners at once", async () => {
    const sockets = Array.from({ length: 100 }, () => connect(port, "127.0.0.1"));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (const socket of sockets) socket.write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until("all listen", () => asked >= 100);
    const response = await fetch(`http://127.0.0.1:${port}/api/events`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: "too_many_listeners" } });
  });
});
