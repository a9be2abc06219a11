import { Agent, request } from "node:http";
import type { Dice } from "./dice.ts";
import { population, type Visit, visits } from "./population.ts";

export interface TrafficOptions {
  /** Where the requests go. Without a slash at the end. */
  readonly url: string;
  readonly customers: number;
  /** Requests a second, on average. */
  readonly perSecond: number;
  readonly dice: Dice;
}

export interface Traffic {
  /** What became of the requests so far. `skipped` are those that would have made too many at once. */
  counts(): TrafficCounts;
  /** Sends nothing more and lets go of what is in flight. */
  stop(): void;
}

export interface TrafficCounts {
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
}

const MAX_IN_FLIGHT = 64;

/** Customers who come at random moments, stay for a session, and wait for no one else's answer. */
export function startTraffic({ url, customers, perSecond, dice }: TrafficOptions): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_IN_FLIGHT });
  const row = visits(population(customers, dice), dice);
  const counts = { ok: 0, failed: 0, skipped: 0 };
  let inFlight = 0;
  let stopped = false;
  let timer = setTimeout(next, 0);

  function next(): void {
    if (inFlight >= MAX_IN_FLIGHT) counts.skipped++;
    else send(row.next().value);
    // Waiting times between independent arrivals are exponential.
    timer = setTimeout(next, (-Math.log(1 - dice.roll()) * 1000) / perSecond);
  }

  function send({ customer, session, path, body }: Visit): void {
    inFlight++;
    const headers = {
      "content-type": "application/json",
      "x-customer-id": customer.id,
      "x-customer-type": customer.type,
      "x-session-id": session,
    };
    let ok = false;
    const sent = request(`${url}${path}`, { method: "POST", agent, headers }, (response) => {
      response.on("error", () => {}); // an answer that breaks off has no end
      response.on("end", () => {
        ok = response.statusCode === 200;
      });
      response.resume();
    });
    sent.on("error", () => {}); // told by `close`
    sent.on("close", () => {
      inFlight--;
      if (ok) counts.ok++;
      else if (!stopped) counts.failed++;
    });
    sent.end(JSON.stringify(body));
  }

  return {
    counts: () => ({ ...counts }),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      agent.destroy();
    },
  };
}
