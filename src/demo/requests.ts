import { z } from "zod";

/** What chat and completion requests have in common. */
export const sampling = z.object({
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  /** 0: the same question has the same answer. */
  temperature: z.number().min(0).nullish(),
});

export const chatRequest = sampling.extend({
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })).min(1),
});

export const completionRequest = sampling.extend({
  prompt: z.union([z.string(), z.array(z.string())]),
});

export const embeddingsRequest = z.object({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1)]),
  encoding_format: z.enum(["float", "base64"]).default("float"),
});

/** How a model server is told to do badly; what is left out is as it should be. */
export const misbehaviour = z.strictObject({
  /** The part of the requests that gets a 500, 0–1. */
  errorRate: z.number().min(0).max(1).default(0),
  /** What every waiting time is multiplied by. */
  slowdown: z.number().min(1).max(1000).default(1),
});

export type Misbehaviour = z.infer<typeof misbehaviour>;
