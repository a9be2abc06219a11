import { askedOfBody } from "../../src/inference/asked.ts";
import { scalarAt } from "../../src/inference/json-pointer.ts";
import { findModel } from "../../src/inference/model-in-body.ts";
import { table } from "./report.ts";

const PATH = "/v1/chat/completions";
const JSON_TYPE = "application/json";
const MODEL = "llama-3-70b";
/** So many bytes are read in a round, whatever the size of the body. */
const BYTES_A_ROUND = 16 << 20;
const ROUNDS = 9;

interface Sample {
  readonly called: string;
  readonly body: Buffer;
}

const SAMPLES: readonly Sample[] = [
  { called: "0.7 KB of chat, model first", body: chat("first", "Why is the sky blue? ".repeat(27)) },
  { called: "0.7 KB of chat, model last", body: chat("last", "Why is the sky blue? ".repeat(27)) },
  { called: "1 MiB with one image, model first", body: chat("first", image()) },
  { called: "1 MiB with one image, model last", body: chat("last", image()) },
  { called: "1 MiB of chat in 200-byte messages, model last", body: longChat() },
  { called: "1 MiB of numbers, model last", body: numbers() },
];

/** What reading a body costs, in Markdown: all facts, one field, and only the model's place. */
export function benchPeek(): string {
  const rows = SAMPLES.map(({ called, body }) => {
    check(called, body);
    const parse = () => JSON.parse(body.toString("utf8"));
    const ways = [
      () => askedOfBody("POST", PATH, "", JSON_TYPE, body, true),
      () => scalarAt(body, ["user"]),
      () => findModel(JSON_TYPE, body),
      parse,
    ];
    return [called, ...ways.map((way) => micros(costOf(way, body.length)))];
  });
  return table(["µs a body", "what is asked", "`body:/user`", "the model's place", "for scale: `JSON.parse`"], rows);
}

function check(called: string, body: Buffer): void {
  const asked = askedOfBody("POST", PATH, "", JSON_TYPE, body, true);
  const expected = called.includes("image") ? "image" : "text";
  if (asked.model !== MODEL || asked.modality !== expected)
    throw new Error(`${called}: read as ${JSON.stringify(asked)}`);
}

/** Nanoseconds: the best of several rounds, because other work on the machine only ever adds. */
function costOf(way: () => unknown, size: number): number {
  const times = Math.max(1, Math.round(BYTES_A_ROUND / Math.max(size, 8192)));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < times; i++) way();
    best = Math.min(best, Number(process.hrtime.bigint() - started) / times);
  }
  return best;
}

function micros(nanos: number): string {
  return nanos < 100_000 ? (nanos / 1000).toFixed(2) : (nanos / 1000).toFixed(0);
}

function chat(model: "first" | "last", content: unknown): Buffer {
  const messages = [
    { role: "system", content: "You answer in one sentence." },
    { role: "user", content },
  ];
  const rest = { messages, temperature: 0.2, stream: false, user: "u-1" };
  return Buffer.from(JSON.stringify(model === "first" ? { model: MODEL, ...rest } : { ...rest, model: MODEL }));
}

function image(): unknown {
  return [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${"iVBORw0KGgoAAAAN".repeat(1 << 16)}` } },
  ];
}

function longChat(): Buffer {
  const messages = Array.from({ length: 4400 }, (_, i) => ({
    role: i % 2 === 0 ? "user" : "assistant",
    content: 'He said "no".\nAnd then? '.repeat(8),
  }));
  return Buffer.from(JSON.stringify({ messages, model: MODEL }));
}

function numbers(): Buffer {
  const data = Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 1_000_003) / 1000);
  return Buffer.from(JSON.stringify({ data: [data], model: MODEL }));
}
