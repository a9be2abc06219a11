/** One base URL of a version, taken apart once. */
export interface Endpoint {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** What its `Host` header says. */
  readonly authority: string;
  /** Stands before the request's path; empty or `/…` without a slash at its end. */
  readonly prefix: string;
  /** `prefix` and the whole Host line, ready to be written. */
  readonly prefixBytes: Buffer;
  readonly hostLine: Buffer;
}

/** @throws TypeError when `url` is no URL: rules are checked before they get here. */
export function parseEndpoint(url: string): Endpoint {
  const { protocol, hostname, port, host, pathname } = new URL(url);
  const secure = protocol === "https:";
  const prefix = pathname.replace(/\/+$/, "");
  return {
    secure,
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    authority: host,
    prefix,
    prefixBytes: Buffer.from(prefix, "latin1"),
    hostLine: Buffer.from(`Host: ${host}\r\n`, "latin1"),
  };
}
