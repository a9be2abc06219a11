import { describe, expect, it } from "vitest";
import { type Dice, seededDice } from "../../../../src/demo/dice.ts";
import { answers, cuts, requests } from "./grammar.ts";
import { type NodeMessage, readAnswers, readRequests } from "./node-reads.ts";
import { OurAnswers, type OurMessage, OurRequests } from "./our-reading.ts";

/** FUZZ_INPUTS requests and a third as many answers, from FUZZ_SEED on. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 100_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);
const BATCH = 500;

interface Tally {
  inputs: number;
  taken: number;
  chunked: number;
  refused: Record<string, number>;
}

interface Divergence {
  readonly input: string;
  readonly what: string;
  readonly ours: unknown;
  readonly nodes: unknown;
}

/** Where node:http understands a message that we took otherwise than we do. */
function divergence(
  input: string,
  ours: OurMessage,
  nodes: NodeMessage | undefined,
  toHead = false,
): Divergence | undefined {
  const told = (what: string, ourWord: unknown, nodesWord: unknown) => ({
    input,
    what,
    ours: ourWord,
    nodes: nodesWord,
  });
  if (nodes === undefined) return told("taken", ours, "refused");
  if (nodes.start !== ours.start) return told("start", ours.start, nodes.start);
  if (nodes.minor !== ours.minor) return told("version", ours.minor, nodes.minor);
  if (!same(nodes.fields, ours.fields)) return told("fields", ours.fields, nodes.fields);
  if (ours.complete !== nodes.complete && ours.code === undefined) return told("end", ours.complete, nodes.complete);
  if (ours.complete && nodes.body !== ours.body) return told("body", ours.body, nodes.body);
  if (!nodes.body.startsWith(ours.body)) return told("start of the body", ours.body, nodes.body);
  if (ours.complete && !same(nodes.trailers, ours.trailers)) return told("trailers", ours.trailers, nodes.trailers);
  // Of an answer to HEAD node:http decides before it knows that no body follows.
  if (ours.keepAlive && !toHead && !nodes.keepAlive) return told("keep-alive", ours.keepAlive, nodes.keepAlive);
  return undefined;
}

/** Where node:http, behind us, understands what we pass on otherwise than what was sent. */
function changed(
  ours: OurMessage,
  nodes: readonly (NodeMessage | undefined)[],
  ourFields: readonly string[],
): Divergence | undefined {
  const told = (what: string, sent: unknown, got: unknown) => ({ input: ours.forwarded, what, ours: sent, nodes: got });
  const [got, surplus] = nodes;
  if (got === undefined || surplus !== undefined) return told("passed on", ours, nodes);
  const kept = got.fields.filter((_, i) => !ourFields.includes(`${got.fields[i & ~1]}: ${got.fields[i | 1]}`));
  if (!same(kept, ours.kept)) return told("fields passed on", ours.kept, kept);
  if (got.complete !== ours.complete) return told("end passed on", ours.complete, got.complete);
  if (got.body !== ours.body) return told("body passed on", ours.body, got.body);
  return same(got.trailers, ours.trailers) ? undefined : told("trailers passed on", ours.trailers, got.trailers);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

function pieces(dice: Dice, bytes: Buffer): Buffer[] {
  const places = [0, ...cuts(dice, bytes.length), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

function note(tally: Tally, message: OurMessage | undefined, code: string | undefined): void {
  if (message !== undefined) tally.taken++;
  if (message !== undefined && message.body !== "" && message.fields.some((text) => /^chunked$/i.test(text)))
    tally.chunked++;
  const why = message?.code ?? code;
  if (why !== undefined) tally.refused[why] = (tally.refused[why] ?? 0) + 1;
}

describe("whatever we take, node:http takes", () => {
  it("of requests, with the same head, framing and body, and so does it what we pass on", {
    timeout: 3_600_000,
  }, async () => {
    const dice = seededDice(SEED);
    const reader = new OurRequests();
    const tally: Tally = { inputs: 0, taken: 0, chunked: 0, refused: {} };
    const found: Divergence[] = [];
    while (tally.inputs < INPUTS && found.length < 5) {
      const batch = Array.from({ length: BATCH }, () => Buffer.from(requests(dice), "latin1"));
      const ours = batch.map((bytes) => {
        const messages = reader.read(bytes, cuts(dice, bytes.length));
        for (const message of messages) note(tally, message, undefined);
        note(tally, undefined, reader.code);
        return messages;
      });
      const nodes = await readRequests(batch.map((bytes) => pieces(dice, bytes)));
      ours.forEach((messages, i) => {
        messages.forEach((message, k) => {
          const differs = divergence(batch[i]?.toString("latin1") ?? "", message, nodes[i]?.[k]);
          if (differs !== undefined) found.push(differs);
        });
      });
      const passed = ours.flat().filter((message) => !message.upgrade);
      const got = await readRequests(passed.map(({ forwarded }) => pieces(dice, Buffer.from(forwarded, "latin1"))));
      passed.forEach((message, i) => {
        const differs = changed(message, got[i] ?? [], ["Host: up.test", "Transfer-Encoding: chunked"]);
        if (differs !== undefined) found.push(differs);
      });
      tally.inputs += BATCH;
    }
    if (process.env["FUZZ_INPUTS"] !== undefined) console.log(JSON.stringify(tally));
    expect(found.map((one) => JSON.stringify(one))).toEqual([]);
    expect(tally.taken).toBeGreaterThan(tally.inputs * 0.5);
    expect(tally.chunked).toBeGreaterThan(tally.inputs * 0.05);
  });

  it("of answers, too", { timeout: 3_600_000 }, async () => {
    const dice = seededDice(SEED + 1);
    const reader = new OurAnswers();
    const tally: Tally = { inputs: 0, taken: 0, chunked: 0, refused: {} };
    const found: Divergence[] = [];
    while (tally.inputs < INPUTS / 3 && found.length < 5) {
      const batch = Array.from({ length: BATCH }, () => ({
        bytes: Buffer.from(answers(dice), "latin1"),
        method: dice.pick(["GET", "GET", "GET", "HEAD"]),
      }));
      const ours = batch.map(({ bytes, method }) => {
        const message = reader.read(bytes, cuts(dice, bytes.length), method === "HEAD");
        note(tally, message, undefined);
        return message;
      });
      const nodes = await readAnswers(batch.map(({ bytes, method }) => ({ method, pieces: pieces(dice, bytes) })));
      ours.forEach((message, i) => {
        const input = batch[i]?.bytes.toString("latin1") ?? "";
        const differs = message && divergence(input, message, nodes[i], batch[i]?.method === "HEAD");
        if (differs !== undefined) found.push(differs);
      });
      const passed = ours.flatMap((message, i) =>
        message === undefined ? [] : [{ message, method: batch[i]?.method ?? "GET" }],
      );
      const got = await readAnswers(
        passed.map(({ message, method }) => ({
          method,
          pieces: pieces(dice, Buffer.from(message.forwarded, "latin1")),
        })),
      );
      passed.forEach(({ message }, i) => {
        const differs = changed(message, [got[i]], ["Transfer-Encoding: chunked"]);
        if (differs !== undefined) found.push(differs);
      });
      tally.inputs += BATCH;
    }
    if (process.env["FUZZ_INPUTS"] !== undefined) console.log(JSON.stringify(tally));
    expect(found.map((one) => JSON.stringify(one))).toEqual([]);
    expect(tally.taken).toBeGreaterThan(tally.inputs * 0.4);
  });
});
