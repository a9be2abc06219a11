import type { Response } from "express";
import type { VersionNumbers } from "../metrics/router-metrics.ts";

/** Listeners at once: consoles, not customers. */
const MOST = 100;
/** Whoever is so many bytes behind does not read, and is let go: it comes back and is told the state anew. */
const MOST_WAITING = 256 * 1024;

/** What a listener is told: a name, and JSON. */
export interface Event {
  readonly name: string;
  readonly data: object;
}

export interface EventSource {
  /** Asked each second while somebody listens; numbers since the start. */
  numbers(): Iterable<VersionNumbers>;
  /** The state as events, for whoever begins to listen. What it says again and again is told when it has changed. */
  state(): Promise<readonly Event[]>;
  /** Milliseconds between two looks; 1000 unless told. */
  readonly everyMs?: number;
}

/** Tells whoever listens what happens here. Costs nothing while nobody does. */
export interface Events {
  /** The state may have changed: looks now, and not only at the next second. */
  changed(): void;
  /** Tells whoever listens now. */
  tell(event: Event): void;
  /** False: too many listen already, and nothing has been answered. */
  listen(response: Response): boolean;
  close(): void;
}

export function eventHub(source: EventSource): Events {
  const listeners = new Set<Response>();
  let before = new Map<string, VersionNumbers>();
  const { everyMs = 1_000 } = source;
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let again = false;

  const sendTo = (listener: Response, text: string): void => {
    if (listener.writableLength > MOST_WAITING) {
      listeners.delete(listener);
      listener.destroy();
    } else listener.write(text);
  };
  const sendAll = (text: string): void => {
    for (const listener of listeners) sendTo(listener, text);
  };
  /** What has become of requests in the last second. */
  const numbersNow = (): Event => {
    const now = new Map([...source.numbers()].map((one) => [JSON.stringify([one.route, one.version, one.track]), one]));
    const versions = [...now].map(([key, one]) => {
      const last = before.get(key);
      const requests = one.requests - (last?.requests ?? 0);
      const failures = one.failures - (last?.failures ?? 0);
      return { ...one, requests, failures };
    });
    before = now;
    return { name: "numbers", data: { versions } };
  };
  const look = async (): Promise<void> => {
    again = looking;
    if (looking) return; // the store takes its time
    looking = true;
    try {
      for (const event of await source.state()) {
        const text = textOf(event);
        if (told.get(event.name) === text) continue;
        told.set(event.name, text);
        sendAll(text);
      }
    } finally {
      looking = false;
    }
    if (again) await look();
  };
  const lookSafely = (): void => void look().catch(() => undefined); // the next second looks again
  const start = (): void => {
    numbersNow(); // the first second counts from here
    told.clear();
    timer = setInterval(() => {
      sendAll(textOf(numbersNow()));
      lookSafely();
    }, everyMs);
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    changed() {
      if (timer !== undefined) lookSafely();
    },
    tell(event) {
      if (listeners.size > 0) sendAll(textOf(event));
    },
    listen(response) {
      if (listeners.size >= MOST) return false;
      response.status(200).set({ "content-type": "text/event-stream", "x-accel-buffering": "no" });
      response.flushHeaders();
      response.on("error", () => undefined);
      response.on("close", () => {
        listeners.delete(response);
        if (listeners.size === 0) stop();
      });
      listeners.add(response);
      if (timer === undefined) start();
      void source.state().then(
        (events) => {
          if (listeners.has(response)) for (const event of events) sendTo(response, textOf(event));
        },
        () => response.destroy(),
      );
      return true;
    },
    close() {
      stop();
      for (const listener of listeners) listener.end();
      listeners.clear();
    },
  };
}

function textOf({ name, data }: Event): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
