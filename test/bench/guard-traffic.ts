import type { Dice } from "../../src/demo/dice.ts";

/** What decides whether a candidate is cut, and sees every request as it ends. */
export interface Watcher {
  /** The part of the requests that the candidate shall get, 0 to 1; undefined: as the traffic has it. */
  readonly share: number | undefined;
  /** @returns what it does about the candidate after this request. */
  request(ofCandidate: boolean, failed: boolean, second: number): "goes on" | "cut" | "promoted";
}

/** How requests come and fail. `second` is the time since the start. */
export interface Traffic {
  readonly share: (second: number) => number;
  readonly stable: (second: number) => number;
  readonly candidate: (second: number) => number;
}

/** Requests per second, of both versions. */
export const RATE = 100;

export interface Ended {
  readonly as: "cut" | "promoted" | "watched to the end";
  readonly candidateRequests: number;
}

/** Lets a watcher watch a canary until it acts, or the candidate or both together had so many requests. */
export function watch(
  watcher: Watcher,
  traffic: Traffic,
  dice: Dice,
  most: { readonly candidate: number; readonly all: number },
): Ended {
  let candidateRequests = 0;
  for (let i = 0; i < most.all && candidateRequests < most.candidate; i++) {
    const second = i / RATE;
    const ofCandidate = dice.roll() < (watcher.share ?? traffic.share(second));
    if (ofCandidate) candidateRequests++;
    const failed = dice.roll() < (ofCandidate ? traffic.candidate(second) : traffic.stable(second));
    const does = watcher.request(ofCandidate, failed, second);
    if (does !== "goes on") return { as: does, candidateRequests };
  }
  return { as: "watched to the end", candidateRequests };
}
