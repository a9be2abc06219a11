import { describe, expect, it } from "vitest";
import { awaited, type Patient, patienceOf } from "../../../src/proxy/express/patience.ts";

const CLOCKS = { queueTimeout: 1, firstByteTimeout: 2, bodyTimeout: 3, idleTimeout: 4_000, firstTokenTimeout: 5_000 };
const TAKEN = { socket: { writableLength: 0 } };
const BEHIND = { socket: { writableLength: 1 } };
const ANSWER = { continued: false, meaning: { awaitsToken: false } };
const STREAM = { ...ANSWER, meaning: { awaitsToken: true } };
/** Sent whole at 1,000 ms. */
const SENT: Patient = {
  phase: "sending",
  client: TAKEN,
  connection: TAKEN,
  tools: { head: { expectContinue: false }, request: { done: true, begun: true }, answer: ANSWER },
  sentAt: 1_000,
};
const ANSWERING: Patient = { ...SENT, phase: "answering" };
const uploading = (tools: Partial<Patient["tools"]> = {}): Patient => ({
  ...SENT,
  tools: { ...SENT.tools, request: { done: false, begun: true }, ...tools },
});
const streaming = (client = TAKEN): Patient => ({ ...ANSWERING, client, tools: { ...SENT.tools, answer: STREAM } });

describe("a request waits", () => {
  it.each<[string, Patient, number, string, number]>([
    ["for a place in the queue", { ...SENT, phase: "connecting", connection: undefined }, 1_000, "connection", 1],
    ["for the first byte once all is sent", SENT, 1_000, "first byte", 2],
    ["for the client to send the rest", uploading(), 1_000, "more of the request", 3],
    [
      "for the version to take what it was sent",
      { ...uploading(), connection: BEHIND },
      1_000,
      "version takes the request",
      4_000,
    ],
    [
      "for the version's 100 before a body of which nothing has come",
      uploading({ head: { expectContinue: true }, request: { done: false, begun: false } }),
      1_000,
      "first byte",
      2,
    ],
    [
      "for the body after that 100",
      uploading({
        head: { expectContinue: true },
        request: { done: false, begun: false },
        answer: { ...ANSWER, continued: true },
      }),
      1_000,
      "more of the request",
      3,
    ],
    ["for the rest of an answer", ANSWERING, 9_000, "more of the answer", 4_000],
    ["for the client to take the answer", { ...ANSWERING, client: BEHIND }, 9_000, "client takes the answer", 4_000],
    ["for a stream no longer than its first token may take", streaming(), 5_000, "more of the answer", 1_000],
    ["for nothing but silence while a stream's token has time", streaming(), 1_000, "more of the answer", 4_000],
    ["no more for a token that is late", streaming(), 6_000, "first token", 0],
    ["for the client where the token is late behind it", streaming(BEHIND), 6_000, "client takes the answer", 4_000],
  ])("%s", (_, patient, now, what, ms) => {
    expect(awaited(patient, CLOCKS, now)).toBe(what);
    expect(patienceOf(patient, CLOCKS, now)).toBe(ms);
  });

  it("for a token as long as for anything where there is no clock for it", () => {
    expect(patienceOf(streaming(), { ...CLOCKS, firstTokenTimeout: undefined }, 60_000)).toBe(CLOCKS.idleTimeout);
  });
});
