import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { isLoopback } from "../config/loopback.ts";
import { refuse } from "./answers.ts";

/** Lets those in who send `Authorization: Bearer <token>`. */
export function needsToken(token: string): RequestHandler {
  const expected = digest(token);
  return (request, response, next) => {
    const sent = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
    // Digests have one length, and comparing them takes the same time wherever they differ.
    if (sent !== undefined && timingSafeEqual(digest(sent), expected)) return next();
    response.set("www-authenticate", 'Bearer realm="canary-router"');
    const message =
      sent === undefined ? "Send the admin token as `Authorization: Bearer …`." : "The admin token is wrong.";
    refuse(response, 401, "unauthorized", message);
  };
}

/**
 * Without a token only this machine can connect, but a page of a stranger in a browser on it can too, by a name of the
 * stranger's that resolves to 127.0.0.1. Such a page cannot choose the Host header.
 */
export const needsLoopbackName: RequestHandler = (request, response, next) => {
  const name = urlOf(`http://${request.get("host") ?? ""}`)?.hostname.replace(/^\[(.*)\]$/, "$1");
  if (name !== undefined && isLoopback(name)) return next();
  const message = "Without an admin token the API is used by the names localhost, 127.0.0.1 and [::1] only.";
  refuse(response, 403, "wrong_host", message);
};

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** A browser says which page a write comes from; only the router's own may write. Others than browsers say nothing. */
export const needsOwnOrigin: RequestHandler = (request, response, next) => {
  const origin = request.get("origin");
  if (READING.has(request.method) || origin === undefined) return next();
  if (urlOf(origin)?.host === request.get("host")) return next();
  refuse(response, 403, "wrong_origin", "Pages of other sites cannot write to the router.");
};

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
