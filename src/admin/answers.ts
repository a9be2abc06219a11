import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { z } from "zod";
import type { Log } from "../log.ts";

/** An answer that says no: a stable code, and a sentence with the repair. `more` stands beside the error. */
export function refuse(response: Response, status: number, code: string, message: string, more: object = {}): void {
  response.status(status).json({ error: { code, message }, ...more });
}

export const notFound: RequestHandler = ({ method, path }, response) => {
  refuse(response, 404, "not_found", `There is no ${method} ${path} here.`);
};

/** What express and its body parsers throw. */
const HttpError = z.object({ status: z.int().min(400).max(499), type: z.string().optional() });

const KNOWN: Readonly<Record<string, readonly [code: string, message: string]>> = {
  "entity.too.large": ["body_too_large", "The body is over 1 MiB; rules of that size are refused."],
  "entity.parse.failed": ["bad_json", "The body is not JSON."],
  "encoding.unsupported": ["bad_encoding", "Send the body without Content-Encoding."],
};

/** The last resort of every route. What is not the client's fault is logged, and not told to it. */
export function troubles(log: Log): ErrorRequestHandler {
  return (error, { method, path }, response, next) => {
    const http = HttpError.safeParse(error);
    if (!http.success) log.error("a request to the admin port failed", { method, path, error });
    if (response.headersSent) return next(error);
    if (!http.success) return refuse(response, 500, "internal", "The router failed to answer; its log says why.");
    const [code, message] = KNOWN[http.data.type ?? ""] ?? ["bad_request", "The request cannot be understood."];
    refuse(response, http.data.status, code, message);
  };
}
