import { type Express, type Request, type Response, raw } from "express";
import { atMost } from "../at-most.ts";
import { MOST_BYTES } from "../rules/yaml-parse.ts";
import type { Gate } from "./access/gate.ts";
import { type Answer, refusal, send } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";

/** Nothing but rules that is sent is long. */
const LIMIT = { "text/yaml": MOST_BYTES, "application/json": 256 * 1024 };

/** Makes the app answer what these endpoints are for. Who may not ask is refused before its body is read. */
export function mount(app: Express, endpoints: readonly Endpoint[], gate: Gate): void {
  const costly = queue();
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app[endpoint.method](path, async (request, response) => {
      const passed = await gate(request, endpoint);
      if (passed.kind === "refused") return send(response, passed.answer);
      const { caller, visit, setCookie } = passed;
      const answer = await run(endpoint, request, response, { caller, visit }, costly);
      if (setCookie !== undefined) response.set("set-cookie", setCookie); // the answer may have one of its own
      if ("listen" in answer && caller.by === "session") endAt(response, caller.until);
      send(response, answer);
    });
  }
}

/** Whoever listens is told nothing more once the session has ended; a browser then comes back, and is asked to log in. */
function endAt(response: Response, until: number): void {
  const timer = setTimeout(() => response.end(), until - Date.now());
  response.on("close", () => clearTimeout(timer));
}

async function run(
  endpoint: Endpoint,
  request: Request,
  response: Response,
  from: Pick<Parameters<Endpoint["run"]>[0], "caller" | "visit">,
  costly: ReturnType<typeof queue>,
): Promise<Answer> {
  const { type } = endpoint.body;
  const body = type === undefined ? EMPTY : await bodyOf(request, response, type);
  if (body.kind === "refused") return body.answer;
  const answer = async () =>
    endpoint.run({
      params: request.params,
      query: request.query,
      body: body.value,
      ...from,
      header: (name) => request.get(name),
    });
  return endpoint.costly === true ? costly(response, answer) : answer();
}

/** How many may wait for what is done for one at a time, each with a document in hand. */
const MOST_WAITING = 16;
const BUSY = refusal(
  429,
  "busy",
  "Too many drafts are being looked at: try again in a moment.",
  {},
  { "retry-after": "1" },
);

/** Does one after the other, and nothing for those who have left meanwhile. */
function queue(): (response: Response, task: () => Promise<Answer>) => Promise<Answer> {
  const inTurn = atMost(1);
  let waiting = 0;
  return async (response, task) => {
    if (waiting >= MOST_WAITING) return BUSY;
    waiting++;
    try {
      return await inTurn(async () => (response.closed ? BUSY : task()));
    } finally {
      waiting--;
    }
  };
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
