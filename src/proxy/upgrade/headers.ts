import { randomUUID } from "node:crypto";
import { type Decision, NO_RULE } from "../../routing/decision.ts";
import type { Delivery } from "../express/delivery.ts";
import type { Peer } from "../trusted-peers.ts";

/** Names and values in turn, as node:http's `rawHeaders` and as `writeHead` takes them. */
export type RawHeaders = readonly string[];

/** They speak of one connection, not of the message. `trailer` goes with them: this lane does not pass trailers. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Written anew, whatever the client sent; `expect` has been answered by the server. */
const SET_ANEW = new Set([
  "content-length",
  "expect",
  "host",
  "x-request-id",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
]);

export interface RequestContext {
  readonly peer: Peer;
  /** The endpoint's own. */
  readonly host: string;
  /** The client's connection is TLS. */
  readonly secure: boolean;
  readonly requestId: string;
}

/**
 * What the endpoint is told: the client's headers without those that are not its to send, then ours. How the body is
 * delimited is not among them.
 */
export function requestHeaders(raw: RawHeaders, { peer, host, secure, requestId }: RequestContext): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = ["Host", host];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named.has(lower) || SET_ANEW.has(lower)) continue;
    if (isOurs(lower) || isLookAlike(lower)) continue;
    if (!peer.trusted && isWordOfProxy(lower)) continue;
    kept.push(name, raw[i + 1] ?? "");
  }
  const before = peer.trusted ? headerOf(raw, "x-forwarded-for") : undefined;
  const proto = peer.trusted ? headerOf(raw, "x-forwarded-proto") : undefined;
  const forwardedHost = (peer.trusted ? headerOf(raw, "x-forwarded-host") : undefined) ?? headerOf(raw, "host");
  kept.push("X-Forwarded-For", before ? `${before}, ${peer.address}` : peer.address);
  kept.push("X-Forwarded-Proto", proto ?? (secure ? "https" : "http"));
  if (forwardedHost !== undefined) kept.push("X-Forwarded-Host", forwardedHost);
  kept.push("x-request-id", requestId);
  return kept;
}

/** The version's own headers besides, or instead of, those in `raw`. */
export function withHeadersOf({ replaced, lines }: Delivery, raw: RawHeaders): RawHeaders {
  if (replaced.length === 0) return raw;
  const own = lines.toString("latin1").split("\r\n").slice(0, -1);
  const headers = own.flatMap((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  return replacing(raw, new Set(replaced.map(({ text }) => text)), headers);
}

/** `own` in the place of those of these names (lower case) in `raw`. */
export function replacing(raw: RawHeaders, names: ReadonlySet<string>, own: RawHeaders): RawHeaders {
  return [...raw.filter((_, i) => !names.has(raw[i - (i % 2)]?.toLowerCase() ?? "")), ...own];
}

/** What the client is told: the endpoint's headers without those of the connection, then who answered and why. */
export function responseHeaders(raw: RawHeaders, decision: Decision, requestId: string): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named.has(lower) || lower === "x-request-id" || isOurs(lower)) continue;
    kept.push(name, raw[i + 1] ?? "");
  }
  kept.push(...decisionHeaders(decision), "x-request-id", requestId);
  return kept;
}

/** Who answered and why. */
export function decisionHeaders(decision: Decision): string[] {
  return [
    "x-canary-route",
    headerText(decision.route.name),
    "x-canary-version",
    headerText(decision.version.version),
    "x-canary-track",
    decision.track,
    "x-canary-rule",
    headerText(decision.rule?.name ?? NO_RULE),
  ];
}

/** The same as header lines. */
export function linesOf(headers: RawHeaders): string {
  let lines = "";
  for (let i = 0; i + 1 < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return lines;
}

/** The value of a header by its lower-case name; several fields are joined with `, `. */
export function headerOf(raw: RawHeaders, lower: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i];
    if (name === undefined || name.length !== lower.length || name.toLowerCase() !== lower) continue;
    found = found === undefined ? raw[i + 1] : `${found}, ${raw[i + 1]}`;
  }
  return found;
}

/** The client's request id where it is fit to be logged and sent on, else a new one. */
export function requestIdOf(raw: RawHeaders): string {
  const sent = headerOf(raw, "x-request-id");
  return sent !== undefined && /^[\x21-\x7e]{1,128}$/.test(sent) ? sent : randomUUID();
}

function namedByConnection(raw: RawHeaders): ReadonlySet<string> {
  const value = headerOf(raw, "connection");
  return value === undefined ? NOTHING : new Set(value.split(",").map((name) => name.trim().toLowerCase()));
}

const NOTHING: ReadonlySet<string> = new Set();

function isOurs(lower: string): boolean {
  return lower.startsWith("x-canary-");
}

/** Says for whom somebody forwards, or asks for a track: believed of trusted peers only. */
function isWordOfProxy(lower: string): boolean {
  return lower.startsWith("x-forwarded-") || lower === "forwarded" || lower === "x-real-ip" || lower === "x-canary";
}

/** Servers that turn names into variables cannot tell `X_Forwarded_For` from `X-Forwarded-For`. */
function isLookAlike(lower: string): boolean {
  if (!lower.includes("_")) return false;
  const dashed = lower.replaceAll("_", "-");
  return isOurs(dashed) || isWordOfProxy(dashed) || SET_ANEW.has(dashed) || HOP_BY_HOP.has(dashed);
}

/** Names in the rules may hold any letter; on the wire they are the bytes of UTF-8, without control characters. */
function headerText(text: string): string {
  return Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, "?");
}
