import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";

const MAX_BODY = 1024 * 1024;

/** A request that gets an error in the form that OpenAI clients read. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The request's JSON body in the wanted shape. Rejects with a `Refusal`. */
export async function readBody<T extends z.ZodType>(request: IncomingMessage, shape: T): Promise<z.infer<T>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Refusal(413, `The body is larger than ${MAX_BODY} bytes.`);
    chunks.push(chunk);
  }
  const parsed = shape.safeParse(parseJson(Buffer.concat(chunks).toString()));
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "The body is not JSON.");
  }
}

export function sendJson(response: ServerResponse, body: object, status = 200): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

export function sendRefusal(response: ServerResponse, { status, message }: Refusal): void {
  const type = status < 500 ? "invalid_request_error" : "server_error";
  sendJson(response, { error: { message, type, param: null, code: null } }, status);
}
