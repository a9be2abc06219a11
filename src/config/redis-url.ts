/** Where a Redis is, as its URL says. */
export interface RedisPlace {
  readonly kind: "server" | "sentinel" | "cluster";
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** One server, or some of the sentinels or nodes; never empty. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** What the sentinels call it; of `sentinel` only. */
  readonly master: string;
  readonly db: number;
}

/**
 * `redis://user:password@host:6379/0`; `redis+sentinel://a:26379,b:26379/mymaster/0`; `redis+cluster://a:6379,b:6379`;
 * `rediss` for TLS. undefined: it is none of these.
 */
export function readRedisUrl(text: string): RedisPlace | undefined {
  const found = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/\s]*)@)?([^@/?#\s]+)((?:\/[^/?#\s]*)*)$/.exec(text);
  if (found === null) return undefined;
  const [, tls, kind, login = "", list = "", path = ""] = found;
  const parts = path.split("/").filter((part) => part !== "");
  const master = kind === "sentinel" ? decoded(parts.shift()) : "";
  const [db = "0", ...more] = kind === "cluster" ? ["0", ...parts] : parts;
  const [user, password] = login.split(/:(.*)/s).map(decoded);
  const hosts = list.split(",").map((one) => hostOf(one, kind === "sentinel" ? 26_379 : 6_379));
  const known = hosts.filter((host) => host !== undefined);
  const right =
    more.length === 0 &&
    /^\d{1,5}$/.test(db) &&
    known.length === hosts.length &&
    (kind !== undefined || hosts.length === 1) &&
    (kind !== "sentinel" || (master !== undefined && master !== ""));
  if (!right) return undefined;
  return {
    kind: kind === "sentinel" || kind === "cluster" ? kind : "server",
    tls: tls === "s",
    user: user || undefined,
    password: password || undefined,
    hosts: known,
    master: master ?? "",
    db: Number(db),
  };
}

function hostOf(text: string, usual: number): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? usual : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
