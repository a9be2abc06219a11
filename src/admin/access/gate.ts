import type { Request } from "express";
import { isLoopback } from "../../config/loopback.ts";
import { reaches } from "../../config/roles.ts";
import type { Log } from "../../log.ts";
import { type Refusal, refusal } from "../answer.ts";
import type { About, Identity } from "../endpoint.ts";
import { Failures } from "./failures.ts";
import type { TokenBook } from "./tokens.ts";

/** Decides whether a request may ask an endpoint at all. */
export type Gate = (request: Request, endpoint: About) => Passed;
export type Passed =
  | { readonly kind: "passed"; readonly who: Identity }
  | { readonly kind: "refused"; readonly answer: Refusal };

/** Who asks where there are no tokens: somebody on this machine. */
const LOCAL: Identity = { name: "local", role: "admin" };

/** `tokens` undefined: the API is open, to this machine. Refusals are logged: who was refused what, and why. */
export function gate(tokens: TokenBook | undefined, log: Log, now: () => number = () => performance.now()): Gate {
  const failures = new Failures(now);
  const identify = (request: Request): Passed => {
    if (tokens === undefined) return hasLoopbackName(request) ? { kind: "passed", who: LOCAL } : refused(WRONG_HOST);
    const sent = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
    const who = sent === undefined ? undefined : tokens(sent);
    if (who !== undefined) return { kind: "passed", who };
    const wait = failures.add(request.socket.remoteAddress ?? "");
    return refused(wait === 0 ? unauthorized(sent !== undefined) : tooMany(wait));
  };
  const audit = (request: Request, who: Identity | undefined, answer: Refusal): void => {
    if (answer.status === 429) return; // the log was told of those before
    const { method, path, socket } = request;
    log.warn("a request to the API was refused", {
      name: who?.name,
      from: socket.remoteAddress,
      method,
      path,
      ...answer.json,
    });
  };
  return (request, { needs }) => {
    const asking = identify(request);
    const no = asking.kind === "refused" ? asking.answer : (wrongOrigin(request) ?? wrongRole(asking.who, needs));
    if (no === undefined) return asking;
    audit(request, asking.kind === "passed" ? asking.who : undefined, no);
    return refused(no);
  };
}

function refused(answer: Refusal): Passed {
  return { kind: "refused", answer };
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

function unauthorized(sent: boolean): Refusal {
  const message = sent ? "The token is wrong." : "Send a token as `Authorization: Bearer …`.";
  return refusal(401, "unauthorized", message, {}, { "www-authenticate": 'Bearer realm="canary-router"' });
}

function tooMany(seconds: number): Refusal {
  const message = `Too many requests without a right token have come from this address: try again in ${seconds} s.`;
  return refusal(429, "too_many_failures", message, {}, { "retry-after": `${seconds}` });
}

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** A browser says which page a write comes from; only the router's own may write. Others than browsers say nothing. */
function wrongOrigin(request: Request): Refusal | undefined {
  const origin = request.get("origin");
  if (READING.has(request.method) || origin === undefined) return undefined;
  if (urlOf(origin)?.host === request.get("host")) return undefined;
  return refusal(403, "wrong_origin", "Pages of other sites cannot write to the router.");
}

function wrongRole({ name, role }: Identity, needs: About["needs"]): Refusal | undefined {
  if (reaches(role, needs)) return undefined;
  return refusal(403, "forbidden", `This takes the role ${needs}, and ${name} has the role ${role}.`);
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
