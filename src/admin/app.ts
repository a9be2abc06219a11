import compression from "compression";
import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import type { Log } from "../log.ts";
import { gate } from "./access/gate.ts";
import { send } from "./answer.ts";
import { serveConsole } from "./console-files.ts";
import type { About } from "./endpoint.ts";
import { type ApiParts, endpoints } from "./endpoints.ts";
import { mount } from "./mount.ts";
import { notFound, troubles } from "./troubles.ts";

export interface AdminOptions extends ApiParts {
  readonly readiness: () => Readiness;
  /** Who may read the metrics. */
  readonly metricsNeed: About["needs"];
  readonly metrics: { exposition(): Promise<string>; readonly contentType: string };
  readonly log: Log;
}

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string };

/** What the admin port answers. */
export function adminApp(options: AdminOptions): Express {
  const { access, readiness, metrics, metricsNeed, log } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(cautious);

  app.get("/healthz", (_, response) => void response.json({ status: "alive" }));
  app.get("/readyz", (_, response) => {
    const state = readiness();
    response.status(state.ready ? 200 : 503).json(state);
  });
  const passing = gate(access, log);
  app.get("/metrics", async (request, response) => {
    const passed = metricsNeed === "anyone" ? undefined : await passing(request, { needs: metricsNeed });
    if (passed?.kind === "refused") return send(response, passed.answer);
    const text = await metrics.exposition();
    response.set("content-type", metrics.contentType).send(text);
  });
  app.use("/api", compression({ filter: isWorthPacking }));
  mount(app, endpoints(options), passing);
  serveConsole(app);

  app.use(notFound);
  app.use(troubles(log));
  return app;
}

/**
 * Documents and states are: many times shorter. Not what is told as it happens, which must not wait for more to pack. No
 * answer has a secret in it beside what the client has sent, so its length gives none away (BREACH).
 */
function isWorthPacking(_: Request, response: Response): boolean {
  return /^(application\/json|text\/yaml)\b/.test(String(response.getHeader("content-type")));
}

const cautious: RequestHandler = (_, response, next) => {
  response.set({
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  next();
};
