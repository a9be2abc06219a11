import type { ServerResponse } from "node:http";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CHAT_LOAD } from "../workloads/small-post.ts";
import { type LocalModel, startModel } from "./local-model.ts";

/** One event of 100 bytes, as a streamed token has. */
const EVENT = `${`data: {"choices":[{"index":0,"delta":{"content":" token"}}]}`.padEnd(98)}\n\n`;
const TICK_MS = 1;
const FIXED_EVENTS = 50;

/**
 * A model that streams: each stream gets an event every `every` ms, one stream after another, so that they do not all get
 * theirs in the same moment. A stream of `/…?fixed` ends after 50 events, which come faster.
 */
export async function startStreamingModel(every: number): Promise<LocalModel> {
  const streams: ServerResponse[] = [];
  let next = 0;
  let owed = 0;
  let lastTick = performance.now();
  const tick = () => {
    const now = performance.now();
    owed = Math.min(owed + (streams.length * (now - lastTick)) / every, streams.length);
    lastTick = now;
    for (; owed >= 1; owed--) streams[next++ % streams.length]?.write(EVENT);
  };
  const ticker = setInterval(tick, TICK_MS);
  const model = await startModel((asked, response) => {
    asked.resume();
    // Somebody looks whether the proxy is there.
    if (asked.method === "GET") {
      response.end();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(EVENT);
    if (asked.url?.endsWith("?fixed") === true) {
      void finish(response);
      return;
    }
    streams.push(response);
    response.on("close", () => streams.splice(streams.indexOf(response), 1));
  });
  return {
    ...model,
    close: () => {
      clearInterval(ticker);
      model.close();
    },
  };
}

async function finish(response: ServerResponse): Promise<void> {
  for (let i = 1; i < FIXED_EVENTS; i++) {
    await sleep(TICK_MS);
    response.write(EVENT);
  }
  response.end();
}

/** Streams that somebody reads. */
export interface OpenStreams {
  /** Events that all of them have received. */
  received(): number;
  /** Why one of them ended before its time; undefined: all are alive. */
  broken(): string | undefined;
  close(): void;
}

/** Opens so many streams through a proxy. Resolves when each has had its first event; rejects when one breaks before. */
export async function openStreams(port: number, count: number): Promise<OpenStreams> {
  const agent = new Agent({ maxSockets: Infinity });
  let bytes = 0;
  let broken: string | undefined;
  const open = (customer: number) =>
    new Promise<void>((resolve, reject) => {
      const fail = (why: string) => {
        broken ??= why;
        reject(new Error(why));
      };
      ask(agent, port, customer, "", fail, (chunk) => {
        bytes += chunk.length;
        resolve();
      });
    });
  try {
    const batch = 64;
    for (let first = 0; first < count; first += batch) {
      const size = Math.min(batch, count - first);
      await Promise.all(Array.from({ length: size }, (_, i) => open(first + i + 1)));
    }
  } catch (error) {
    agent.destroy();
    throw error;
  }
  return { received: () => bytes / EVENT.length, broken: () => broken, close: () => agent.destroy() };
}

/** Rejects unless a stream of 50 events comes through a proxy byte for byte. */
export async function checkStream(name: string, port: number): Promise<void> {
  const agent = new Agent();
  const text = await new Promise<string>((resolve, reject) => {
    let all = "";
    const sent = ask(agent, port, 1, "?fixed", reject, (chunk) => {
      all += chunk;
    });
    sent.on("response", (response) => response.on("end", () => resolve(all)));
  });
  if (text !== EVENT.repeat(FIXED_EVENTS)) {
    throw new Error(`${name} gave ${text.length} bytes for a stream of ${EVENT.length * FIXED_EVENTS}, or others.`);
  }
}

function ask(
  agent: Agent,
  port: number,
  customer: number,
  query: string,
  onBroken: (why: string) => void,
  onChunk: (chunk: Buffer) => void,
) {
  const { path, headers, body, customers } = CHAT_LOAD;
  const all = { ...headers, "x-customer-id": `${customers.prefix}${customer}` };
  const sent = request({ agent, port, host: "127.0.0.1", method: "POST", path: path + query, headers: all });
  sent.on("response", (response) => {
    if (response.statusCode !== 200) onBroken(`A stream was answered with ${response.statusCode}.`);
    response.on("data", onChunk);
    response.on("error", (error) => onBroken(`A stream broke: ${error.message}`));
  });
  sent.on("error", (error) => onBroken(`A stream broke: ${error.message}`));
  sent.end(body);
  return sent;
}
