import express, { type Express, type RequestHandler } from "express";
import type { Log } from "../log.ts";
import { needsLoopbackName, needsOwnOrigin, needsToken } from "./access.ts";
import { notFound, troubles } from "./answers.ts";
import { type RulesDesk, rulesApi } from "./rules-api.ts";
import { shareApi } from "./share-api.ts";

export interface AdminOptions {
  /** undefined: the API is open, to this machine. */
  readonly token: string | undefined;
  readonly rules: RulesDesk;
  readonly readiness: () => Readiness;
  readonly metrics: { exposition(): Promise<string>; readonly contentType: string };
  readonly log: Log;
}

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string };

/** What the admin port answers. */
export function adminApp(options: AdminOptions): Express {
  const { token, rules, readiness, metrics } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(cautious);

  app.get("/healthz", (_, response) => void response.json({ status: "alive" }));
  app.get("/readyz", (_, response) => {
    const state = readiness();
    response.status(state.ready ? 200 : 503).json(state);
  });
  app.get("/metrics", async (_, response) => {
    const text = await metrics.exposition();
    response.set("content-type", metrics.contentType).send(text);
  });

  app.use("/api", token === undefined ? needsLoopbackName : needsToken(token), needsOwnOrigin);
  app.use("/api/rules", rulesApi(rules));
  app.use("/api/routes", shareApi(rules));

  app.use(notFound);
  app.use(troubles(options.log));
  return app;
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
