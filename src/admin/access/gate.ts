import type { Request } from "express";
import { isLoopback } from "../../config/loopback.ts";
import { reaches } from "../../config/roles.ts";
import type { Log } from "../../log.ts";
import type { TrustedPeers } from "../../proxy/trusted-peers.ts";
import { type Refusal, refusal } from "../answer.ts";
import type { About, Caller, Identity } from "../endpoint.ts";
import { cookieIn, setCookie } from "./cookie.ts";
import { Failures } from "./failures.ts";
import type { Oidc } from "./oidc.ts";
import type { Seal } from "./seal.ts";
import { SESSION, type Sessions } from "./sessions.ts";
import type { TokenBook } from "./tokens.ts";
import { type Visit, visitOf } from "./visit.ts";

/** Decides whether a request may ask an endpoint at all. */
export type Gate = (request: Request, endpoint: Pick<About, "needs">) => Promise<Passed>;
export type Passed =
  | { readonly kind: "passed"; readonly caller: Caller; readonly visit: Visit; readonly setCookie: string | undefined }
  | { readonly kind: "refused"; readonly answer: Refusal };

export interface Access {
  /** undefined: the API is open, to this machine. */
  readonly tokens: TokenBook | undefined;
  /** undefined: there is no identity provider. */
  readonly oidc: Oidc | undefined;
  readonly sessions: Sessions;
  readonly seal: Seal;
  /** Whose word on how a browser has come is believed. */
  readonly peers: TrustedPeers;
}

/** Who asks where there are no tokens: somebody on this machine. */
const LOCAL: Identity = { name: "local", role: "admin" };
const NOBODY: Caller = { by: "nobody" };

type Found = { readonly caller: Caller; readonly setCookie?: string } | { readonly no: Refusal };

/** Refusals are logged: who was refused what, and why. */
export function gate(access: Access, log: Log, now: () => number = () => performance.now()): Gate {
  const { tokens, sessions, peers } = access;
  const failures = new Failures(now);
  const identify = async (request: Request, visit: Visit): Promise<Found> => {
    if (tokens === undefined) {
      return hasLoopbackName(request) ? { caller: { by: "local", who: LOCAL } } : { no: WRONG_HOST };
    }
    const authorization = request.get("authorization");
    if (authorization !== undefined) {
      const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      const owner = sent === undefined ? undefined : tokens.find(sent);
      return owner === undefined ? { no: WRONG_TOKEN } : { caller: { by: "token", who: owner.who } };
    }
    const sealed = cookieIn(request.get("cookie"), SESSION, visit.secure);
    if (sealed === undefined) return { caller: NOBODY };
    const session = await sessions.resume(sealed);
    if (session.kind !== "session") return { caller: NOBODY };
    const { who, until, renewed } = session;
    const caller = { by: "session" as const, who, until };
    if (renewed === undefined) return { caller };
    return { caller, setCookie: setCookie(SESSION, renewed.sealed, visit.secure, renewed.until - Date.now()) };
  };
  /** How it is answered. Whoever goes on and on without a right token is told so, and no longer logged. */
  const refuse = (request: Request, { address }: Visit, who: Identity | undefined, answer: Refusal): Passed => {
    const wait = answer.status === 401 ? failures.add(address) : 0;
    if (wait > 0) return { kind: "refused", answer: tooMany(wait) };
    const { method, path } = request;
    log.warn("a request to the API was refused", { name: who?.name, from: address, method, path, ...answer.json });
    return { kind: "refused", answer };
  };
  return async (request, { needs }) => {
    const visit = visitOf(request, peers);
    const found = await identify(request, visit);
    if ("no" in found) return refuse(request, visit, undefined, found.no);
    const { caller } = found;
    const no = wrongOrigin(request, visit, caller) ?? wrongRole(caller, needs);
    if (no !== undefined) return refuse(request, visit, caller.who, no);
    return { kind: "passed", caller, visit, setCookie: found.setCookie };
  };
}

/**
 * Without a token only this machine can connect, but a page of a stranger in a browser on it can too, by a name of the
 * stranger's that resolves to 127.0.0.1. Such a page cannot choose the Host header.
 */
function hasLoopbackName(request: Request): boolean {
  const name = urlOf(`http://${request.get("host") ?? ""}`)?.hostname.replace(/^\[(.*)\]$/, "$1");
  return name !== undefined && isLoopback(name);
}

const WRONG_HOST = refusal(
  403,
  "wrong_host",
  "Without an admin token the API is used by the names localhost, 127.0.0.1 and [::1] only.",
);
const WRONG_TOKEN = unauthorized("The token is wrong.");
const NO_TOKEN = unauthorized("Log in, or send a token as `Authorization: Bearer …`.");

function unauthorized(message: string): Refusal {
  return refusal(401, "unauthorized", message, {}, { "www-authenticate": 'Bearer realm="canary-router"' });
}

/** The answer to whoever has come too often without a right token. */
export function tooMany(seconds: number): Refusal {
  const message = `Too many requests without a right token have come from this address: try again in ${seconds} s.`;
  return refusal(429, "too_many_failures", message, {}, { "retry-after": `${seconds}` });
}

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A browser says which page a write comes from; only the router's own may write. Others than browsers say nothing, but they
 * have no session: the cookie of one comes along whatever page a browser sends from, also from other ports of the host.
 */
function wrongOrigin(request: Request, { hosts }: Visit, { by }: Caller): Refusal | undefined {
  if (READING.has(request.method)) return undefined;
  const origin = request.get("origin");
  if (origin === undefined ? by !== "session" : hosts.includes(urlOf(origin)?.host ?? "")) return undefined;
  return refusal(
    403,
    "wrong_origin",
    "Only the router's own pages can write with a session, and no other site at all.",
  );
}

function wrongRole({ who }: Caller, needs: About["needs"]): Refusal | undefined {
  if (needs === "anyone") return undefined;
  if (who === undefined) return NO_TOKEN;
  if (reaches(who.role, needs)) return undefined;
  return refusal(403, "forbidden", `This takes the role ${needs}, and ${who.name} has the role ${who.role}.`);
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
