/** Callers are told apart by so many places that their sticky keys fall into: enough to see whether it is always the same one. */
export const PLACES = 8;

/** Above this part of the events, they are one caller's … */
const NEARLY_ALL = 0.75;
/** … unless it has above this part of the requests too. */
const MOST = 0.5;

/**
 * Whether nearly all events are one caller's, who has not nearly as many of the requests. Requests of one caller are not
 * independent of each other: what always fails for one customer, whoever answers, fails again and again.
 * @param requests by place, and `events` of them.
 */
export function areOneCallers(requests: Float64Array, events: Float64Array): boolean {
  const all = sum(events);
  const place = events.findIndex((some) => some > all * NEARLY_ALL);
  return place >= 0 && (requests[place] ?? 0) <= sum(requests) * MOST;
}

function sum(counts: Float64Array): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}
