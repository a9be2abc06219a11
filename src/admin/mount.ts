import { type Express, type Request, type Response, raw } from "express";
import type { Gate } from "./access/gate.ts";
import { type Answer, refusal, send } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";

/** Rules have at most 1 MiB; nothing else that is sent is long. */
const LIMIT = { "text/yaml": 1024 * 1024, "application/json": 256 * 1024 };

/** Makes the app answer what these endpoints are for. Who may not ask is refused before its body is read. */
export function mount(app: Express, endpoints: readonly Endpoint[], gate: Gate): void {
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app[endpoint.method](path, async (request, response) => {
      const passed = gate(request, endpoint);
      send(response, passed.kind === "refused" ? passed.answer : await run(endpoint, request, response, passed.who));
    });
  }
}

async function run(
  endpoint: Endpoint,
  request: Request,
  response: Response,
  who: Parameters<Endpoint["run"]>[0]["who"],
): Promise<Answer> {
  const { type } = endpoint.body;
  const body = type === undefined ? EMPTY : await bodyOf(request, response, type);
  if (body.kind === "refused") return body.answer;
  return endpoint.run({
    params: request.params,
    query: request.query,
    body: body.value,
    who,
    header: (name) => request.get(name),
  });
}

type Body = { readonly kind: "body"; readonly value: unknown } | { readonly kind: "refused"; readonly answer: Answer };

const EMPTY: Body = { kind: "body", value: undefined };

/** Whatever type it is said to be: `curl -d` calls everything a form. */
async function bodyOf(request: Request, response: Response, type: keyof typeof LIMIT): Promise<Body> {
  const read = raw({ type: () => true, limit: LIMIT[type], inflate: false });
  await new Promise<void>((done, failed) => {
    read(request, response, (error?: unknown) => (error === undefined ? done() : failed(error)));
  });
  const bytes: unknown = request.body;
  let text: string;
  try {
    // express leaves the body undefined where none was sent.
    text = bytes instanceof Uint8Array ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) : "";
  } catch {
    return { kind: "refused", answer: refusal(400, "not_utf8", "The body is not UTF-8 text.") };
  }
  if (type === "text/yaml") return { kind: "body", value: text };
  try {
    // Who has nothing to say, of a cut for one, need not say it in JSON.
    return { kind: "body", value: text === "" ? {} : JSON.parse(text) };
  } catch {
    return { kind: "refused", answer: refusal(400, "bad_json", "The body is not JSON.") };
  }
}
