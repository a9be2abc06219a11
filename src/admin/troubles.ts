import type { ErrorRequestHandler, RequestHandler } from "express";
import { z } from "zod";
import type { Log } from "../log.ts";
import { refusal, send } from "./answer.ts";

export const notFound: RequestHandler = ({ method, path }, response) => {
  send(response, refusal(404, "not_found", `There is no ${method} ${path} here.`));
};

/** What express and its body parsers throw. */
const HttpError = z.object({ status: z.int().min(400).max(499), type: z.string().optional() });

const KNOWN: Readonly<Record<string, readonly [code: string, message: string]>> = {
  "entity.too.large": ["body_too_large", "The body is larger than this takes; rules may have 4 MiB."],
  "encoding.unsupported": ["bad_encoding", "Send the body without Content-Encoding."],
};

/** The last resort of every endpoint. What is not the client's fault is logged, and not told to it. */
export function troubles(log: Log): ErrorRequestHandler {
  return (error, { method, path }, response, next) => {
    const http = HttpError.safeParse(error);
    if (!http.success) log.error("a request to the admin port failed", { method, path, error });
    if (response.headersSent) return next(error);
    if (!http.success) {
      return send(response, refusal(500, "internal", "The router failed to answer; its log says why."));
    }
    const [code, message] = KNOWN[http.data.type ?? ""] ?? ["bad_request", "The request cannot be understood."];
    send(response, refusal(http.data.status, code, message));
  };
}
