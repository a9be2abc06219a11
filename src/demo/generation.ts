import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { murmur3 } from "../routing/bucket.ts";
import { answerTokens, countTokens } from "./answers.ts";
import { type Dice, seededDice } from "./dice.ts";
import { sendJson } from "./json.ts";
import type { sampling } from "./requests.ts";

/** The model that generates. */
export interface Model {
  readonly version: string;
  readonly dice: Dice;
  /** Medians, in milliseconds. */
  readonly firstToken: number;
  readonly perToken: number;
}

/** What the chat and the older completions API call things. */
interface Dialect {
  readonly id: string;
  readonly object: string;
  readonly streamObject: string;
  whole(text: string): object;
  part(text: string, isFirst: boolean): object;
}

export const CHAT: Dialect = {
  id: "chatcmpl",
  object: "chat.completion",
  streamObject: "chat.completion.chunk",
  whole: (content) => ({ message: { role: "assistant", content, refusal: null } }),
  part: (content, isFirst) => ({ delta: isFirst ? { role: "assistant", content } : { content } }),
};

export const COMPLETION: Dialect = {
  id: "cmpl",
  object: "text_completion",
  streamObject: "text_completion",
  whole: (text) => ({ text }),
  part: (text) => ({ text }),
};

export interface Generation {
  readonly id: number;
  readonly prompt: string;
  readonly asked: z.infer<typeof sampling>;
  /** Aborted when the client is gone: generating stops then, and the promise rejects. */
  readonly gone: AbortSignal;
}

export async function generate(
  response: ServerResponse,
  dialect: Dialect,
  model: Model,
  { id, prompt, asked, gone }: Generation,
): Promise<void> {
  const { version, dice } = model;
  const wait = (median: number) => sleep(dice.around(median), undefined, { signal: gone });
  const words = asked.temperature === 0 ? seededDice(murmur3(prompt)) : dice;
  const tokens = answerTokens(version, words, asked.max_tokens ?? undefined);
  const head = {
    id: `${dialect.id}-${version}-${id}`,
    created: Math.floor(Date.now() / 1000),
    model: `${asked.model}@${version}`,
    system_fingerprint: `fp_${version}`,
  };
  const usage = usageOf(countTokens(prompt), tokens.length);

  if (!asked.stream) {
    await wait(model.firstToken + model.perToken * tokens.length);
    const choice = { index: 0, ...dialect.whole(tokens.join("")), logprobs: null, finish_reason: "stop" };
    return sendJson(response, { ...head, object: dialect.object, choices: [choice], usage });
  }

  const send = (event: object) => {
    response.write(`data: ${JSON.stringify({ ...head, object: dialect.streamObject, ...event })}\n\n`);
  };
  const sendPart = (text: string, isFirst: boolean, finish_reason: "stop" | null) => {
    send({ choices: [{ index: 0, ...dialect.part(text, isFirst), logprobs: null, finish_reason }] });
  };
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const [i, token] of tokens.entries()) {
    await wait(i === 0 ? model.firstToken : model.perToken);
    sendPart(token, i === 0, null);
  }
  sendPart("", false, "stop");
  if (asked.stream_options?.include_usage) send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

function usageOf(prompt_tokens: number, completion_tokens: number): object {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
