import { AnswerReader } from "../../src/inference/outcome.ts";
import { table } from "./report.ts";

interface Bytes {
  readonly called: string;
  readonly type: string;
  readonly piece: Uint8Array;
}

const encoder = new TextEncoder();

/** One event of about 100 bytes, as model servers send for each token. */
const EVENT = encoder.encode(
  `data: ${JSON.stringify({ id: "chatcmpl-12345678", choices: [{ delta: { content: " token" } }] })}\n\n`,
);
const SIXTY_FOUR_KIB = 64 * 1024;

const PIECES: readonly Bytes[] = [
  { called: `a stream's chunk of ${EVENT.length} bytes`, type: "text/event-stream", piece: EVENT },
  { called: "a stream's chunk of 64 KiB", type: "text/event-stream", piece: repeated(EVENT, SIXTY_FOUR_KIB) },
  {
    called: "64 KiB of JSON, the first",
    type: "application/json",
    piece: repeated(encoder.encode("[0.123456,"), SIXTY_FOUR_KIB),
  },
  { called: "64 KiB of what is not looked into", type: "image/png", piece: new Uint8Array(SIXTY_FOUR_KIB) },
];

/** What reading an answer costs for each of its chunks, in Markdown. */
export function benchReading(): string {
  const rows = PIECES.map((piece) => [piece.called, nanoseconds(piece).toLocaleString("en")]);
  return table(["what passes", "ns"], rows);
}

/** For one chunk: the best of many rounds, because other work on the machine only ever adds. */
function nanoseconds({ type, piece }: Bytes): number {
  const reader = new AnswerReader();
  // JSON is followed at its beginning only, so each chunk there is an answer of its own.
  const chunks = type === "application/json" ? 1 : Math.ceil(2_000_000 / piece.length);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 100; round++) {
    reader.begin("openai", 200, type, undefined);
    const started = process.hrtime.bigint();
    for (let i = 0; i < chunks; i++) reader.bytes(piece, 0, piece.length, 1);
    best = Math.min(best, Number(process.hrtime.bigint() - started) / chunks);
  }
  return Math.round(best);
}

function repeated(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length] ?? 0);
}
