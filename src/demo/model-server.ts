import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { countTokens, embeddingOf, toBase64 } from "./answers.ts";
import { CHAT, COMPLETION, generate, type Model } from "./generation.ts";
import { Refusal, readBody, sendJson, sendRefusal } from "./json.ts";
import { chatRequest, completionRequest, embeddingsRequest, type Misbehaviour, misbehaviour } from "./requests.ts";

export interface ModelServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends what is in flight too. */
  stop(): Promise<void>;
}

/** Serves a model with the OpenAI API on a free port of loopback. `POST /demo/misbehave` makes it do badly. */
export async function startModelServer(model: Model): Promise<ModelServer> {
  let mood: Misbehaviour = { errorRate: 0, slowdown: 1 };
  let served = 0;

  async function answer(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const target = `${request.method} ${request.url?.split("?")[0]}`;
    switch (target) {
      case "GET /health":
        return sendJson(response, { status: "ok", version: model.version });
      case "GET /v1/models":
        return sendJson(response, modelList(model.version));
      case "POST /demo/misbehave":
        mood = await readBody(request, misbehaviour);
        return sendJson(response, { version: model.version, ...mood });
      case "POST /v1/chat/completions": {
        const asked = await readBody(request, chatRequest);
        const prompt = asked.messages.map(({ content }) => JSON.stringify(content) ?? "").join("\n");
        return generate(response, CHAT, inMood(), { id: ++served, prompt, asked, gone });
      }
      case "POST /v1/completions": {
        const asked = await readBody(request, completionRequest);
        const prompt = [asked.prompt].flat().join("\n");
        return generate(response, COMPLETION, inMood(), { id: ++served, prompt, asked, gone });
      }
      case "POST /v1/embeddings":
        return embed(response, inMood(), await readBody(request, embeddingsRequest), gone);
      default:
        throw new Refusal(404, `Nothing is served at ${target}.`);
    }
  }

  /** The model as it feels at this moment. Throws a `Refusal` as often as it was told to. */
  function inMood(): Model {
    if (model.dice.roll() < mood.errorRate) throw new Refusal(500, `Version ${model.version} was told to misbehave.`);
    const { firstToken, perToken } = model;
    return { ...model, firstToken: firstToken * mood.slowdown, perToken: perToken * mood.slowdown };
  }

  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    answer(request, response, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      // What is left of a refused body is not read: the connection cannot be used again.
      if (!request.complete) response.setHeader("connection", "close");
      if (response.headersSent) response.destroy();
      else sendRefusal(response, error instanceof Refusal ? error : new Refusal(500, String(error)));
    });
  });
  // Longer than the router keeps idle connections, so that the server is never the first to close.
  server.keepAliveTimeout = 75_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function modelList(owned_by: string): object {
  const data = ["demo-chat", "demo-embed"].map((id) => ({ id, object: "model", created: 0, owned_by }));
  return { object: "list", data };
}

async function embed(
  response: ServerResponse,
  model: Model,
  { model: name, input, encoding_format }: z.infer<typeof embeddingsRequest>,
  gone: AbortSignal,
): Promise<void> {
  const texts = [input].flat();
  await sleep(model.dice.around(model.firstToken), undefined, { signal: gone });
  const data = texts.map((text, index) => {
    const vector = embeddingOf(model.version, text);
    return { object: "embedding", index, embedding: encoding_format === "base64" ? toBase64(vector) : vector };
  });
  const prompt_tokens = countTokens(texts.join("\n"));
  const usage = { prompt_tokens, total_tokens: prompt_tokens };
  sendJson(response, { object: "list", model: `${name}@${model.version}`, data, usage });
}
