import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointTls } from "../endpoint-tls.ts";

/** Milliseconds that may pass without anything moving. */
export interface Clocks {
  /** Until the endpoint has taken the connection. */
  readonly connectTimeout: number;
  /** From the request's last byte to the answer's first. */
  readonly firstByteTimeout: number;
  /** Between two bytes, in either direction. */
  readonly idleTimeout: number;
}

/** Connects to an endpoint, for one request. @throws Error when the file of its authorities cannot be read. */
export function agentFor(tls: EndpointTls | undefined, lookup: LookupFunction): http.Agent {
  const options = { keepAlive: false, allowHalfOpen: true, lookup };
  if (tls === undefined) return new http.Agent(options);
  const { servername } = tls;
  return new https.Agent({
    ...options,
    secureContext: tls.secureContext(),
    ...(servername === undefined ? {} : { servername }),
  });
}

/** The endpoint in the form that http-proxy wants. */
export function targetOf(endpoint: Endpoint): { protocol: string; host: string; port: number } {
  return { protocol: endpoint.secure ? "https:" : "http:", host: endpoint.hostname, port: endpoint.port };
}

/**
 * Gives a request that http-proxy has made its real target and headers. http-proxy would rewrite the path with `url.parse`,
 * joins slashes, and sets a length of 0 on a DELETE whatever its body; so it is given neither path nor headers.
 */
export function writeHead(asking: http.ClientRequest, path: string, headers: readonly string[]): void {
  asking.path = path;
  asking.removeHeader("content-length");
  const values = new Map<string, { readonly name: string; readonly all: string[] }>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const value = headers[i + 1] ?? "";
    const known = values.get(name.toLowerCase());
    if (known === undefined) values.set(name.toLowerCase(), { name, all: [value] });
    else known.all.push(value);
  }
  for (const { name, all } of values.values()) {
    const [first = ""] = all;
    asking.setHeader(name, all.length === 1 ? first : all);
  }
  asking.write("", "latin1"); // sends the head; `flushHeaders` would write its bytes as UTF-8
}

/** Calls back once the endpoint has taken the connection. `secure`: after the TLS handshake. */
export function whenConnected(asking: http.ClientRequest, secure: boolean, connected: () => void): void {
  const { socket } = asking;
  if (socket?.connecting) socket.once(secure ? "secureConnect" : "connect", connected);
  else connected();
}
