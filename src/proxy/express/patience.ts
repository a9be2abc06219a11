import { isBehind, type Receiver } from "./back-pressure.ts";
import type { ExpressSettings } from "./express-settings.ts";

/** How far a version has come with a request. */
export type Phase =
  | "connecting" // a connection is being made, or waited for
  | "sending" // the head is out, the answer has not begun
  | "answering"; // the answer's head has been passed on

/** Somebody who waits, for one thing at a time. */
export interface Patient {
  readonly phase: Phase;
  readonly client: { readonly socket: Receiver };
  readonly connection: { readonly socket: Receiver } | undefined;
  readonly tools: {
    readonly head: { readonly expectContinue: boolean };
    readonly request: { readonly done: boolean; readonly begun: boolean };
    readonly answer: { readonly continued: boolean; readonly meaning: { readonly awaitsToken: boolean } };
  };
  /** When the request was sent, in ms. */
  readonly sentAt: number;
}

/** The clocks, in ms. */
export type Patience = Pick<
  ExpressSettings,
  "queueTimeout" | "firstByteTimeout" | "firstTokenTimeout" | "bodyTimeout" | "idleTimeout"
>;

export type Awaited =
  | "connection"
  | "first byte"
  | "first token"
  | "more of the answer"
  | "more of the request"
  | "client takes the answer"
  | "version takes the request";

/** What is waited for at `now`, in ms: a token only once it is late, since until then anything may come. */
export function awaited(patient: Patient, settings: Patience, now: number): Awaited {
  const { phase, client, connection } = patient;
  if (phase === "connecting") return "connection";
  if (phase === "answering") {
    if (isBehind(client.socket)) return "client takes the answer";
    return untilToken(patient, settings, now) <= 0 ? "first token" : "more of the answer";
  }
  if (isVersionToSpeak(patient)) return "first byte";
  return connection !== undefined && isBehind(connection.socket) ? "version takes the request" : "more of the request";
}

/** How many ms more may pass before something must have happened. */
export function patienceOf(patient: Patient, settings: Patience, now: number): number {
  switch (awaited(patient, settings, now)) {
    case "connection":
      // The connection attempt has a clock of its own; this one is for waiting in the queue.
      return settings.queueTimeout;
    case "first byte":
      return settings.firstByteTimeout;
    case "more of the request":
      return settings.bodyTimeout;
    case "first token":
      return 0;
    case "more of the answer":
      return Math.min(settings.idleTimeout, untilToken(patient, settings, now));
    case "client takes the answer":
    case "version takes the request":
      return settings.idleTimeout;
  }
}

/** All has been sent that can be sent before an answer, be it a 100. */
function isVersionToSpeak({ tools: { request, answer, head } }: Patient): boolean {
  return request.done || (head.expectContinue && !answer.continued && !request.begun);
}

/** Milliseconds until a stream must have sent something that was generated; Infinity: it need not, or has. */
function untilToken({ tools, sentAt }: Patient, { firstTokenTimeout }: Patience, now: number): number {
  if (firstTokenTimeout === undefined || !tools.answer.meaning.awaitsToken) return Infinity;
  return sentAt + firstTokenTimeout - now;
}
