import { z } from "zod";
import { Held } from "../admin/shapes/approvals.ts";
import { Failure } from "../admin/shapes/failure.ts";
import { Mistakes } from "../admin/shapes/rules.ts";
import type { Connection } from "./connection.ts";
import { EXIT, Stop } from "./exit.ts";

/** Time to answer, in ms. A write waits for the store, and that for a second or so. */
const PATIENCE_MS = 15_000;

export interface Question {
  readonly method: "GET" | "PUT" | "POST" | "PATCH";
  /** Already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | object;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The revision that the answer is of, where it says so. */
  readonly revision: number | undefined;
}

/** The API of a router. */
export interface Api {
  /** Any answer; throws a `Stop` when there is none. */
  ask(question: Question): Promise<Reply>;
  /** The body of a 200; throws a `Stop` for anything else, with a code of its own for what waits for a second person. */
  json<T>(answer: z.ZodType<T>, question: Question): Promise<T>;
}

export function apiOf({ url, token }: Connection): Api {
  const ask = async ({ method, path, query = {}, headers = {}, body }: Question): Promise<Reply> => {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
    const search = given.size === 0 ? "" : `?${given}`;
    try {
      const response = await fetch(`${url}${path}${search}`, {
        method,
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const etag = /^(?:W\/)?"(\d{1,15})"$/.exec(response.headers.get("etag") ?? "")?.[1];
      const revision = etag === undefined ? undefined : Number(etag);
      return { status: response.status, text: await response.text(), revision };
    } catch (error) {
      throw new Stop(EXIT.unreachable, `the router at ${url} cannot be reached: ${reasonOf(error)}`);
    }
  };
  return {
    ask,
    async json(answer, question) {
      const reply = await ask(question);
      const held = reply.status === 202 ? Held.safeParse(jsonOf(reply.text)).data : undefined;
      if (held !== undefined) throw new Stop(EXIT.waits, held.message, held);
      if (reply.status !== 200) throw refused(reply);
      const parsed = answer.safeParse(jsonOf(reply.text));
      if (!parsed.success) throw notARouter();
      return parsed.data;
    },
  };
}

export function notARouter(): Stop {
  return new Stop(EXIT.unreachable, "what answers is no router of this version: is that its URL?");
}

/** What the router says that it will not do, as the end of a command. */
export function refused({ status, text }: Reply): Stop {
  const body = jsonOf(text);
  const failure = Failure.safeParse(body);
  if (!failure.success) return new Stop(EXIT.unreachable, `what answers is no router: ${status} ${text.slice(0, 200)}`);
  const { code, message } = failure.data.error;
  const { errors } = Mistakes.catch({ errors: [] }).parse(body);
  const lines = errors.map((one) => `\n  ${one.line}:${one.column}: ${one.path}: ${one.message}`);
  return new Stop(EXIT.bad, `${code}: ${message}${lines.join("")}`, { ...z.looseObject({}).parse(body) });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides the reason behind its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && "code" in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : error.message;
}
