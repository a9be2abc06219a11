import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { z } from "zod";
import { excerpt, type Likeness } from "../../inference/compare/likeness.ts";
import { type Resolve, rememberingLookup } from "../express/addresses.ts";

/** What a hook answers. */
const Word = z.object({
  agrees: z.boolean(),
  similarity: z.number().min(0).max(1).optional(),
  why: z.string().optional(),
});

const PATIENCE_MS = 10_000;
const LONGEST_ANSWER = 64 * 1024;

/** Asks a server of the operator's own whether two answers agree. undefined: it gave no answer of use. Never rejects. */
export function askHook(url: string, question: object, resolve: Resolve): Promise<Likeness | undefined> {
  return new Promise((settle) => {
    const body = Buffer.from(JSON.stringify(question));
    const send = url.startsWith("https:") ? requestSecure : requestPlain;
    const asked = send(url, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length, "user-agent": "canary-router" },
      lookup: rememberingLookup(() => performance.now(), resolve),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    asked.on("error", () => settle(undefined));
    asked.on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
        if (text.length > LONGEST_ANSWER) asked.destroy();
      });
      answer.on("error", () => settle(undefined));
      answer.on("close", () => settle(undefined));
      answer.on("end", () => settle(answer.statusCode === 200 ? likenessIn(text) : undefined));
    });
    asked.end(body);
  });
}

function likenessIn(text: string): Likeness | undefined {
  const word = Word.safeParse(parsed(text));
  if (!word.success) return undefined;
  const { agrees, similarity = agrees ? 1 : 0, why = "the hook says so" } = word.data;
  return { agrees, similarity, difference: agrees ? undefined : { where: excerpt(why), primary: "", shadow: "" } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
