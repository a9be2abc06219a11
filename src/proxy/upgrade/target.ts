import type { Delivery } from "../express/delivery.ts";

/**
 * What the endpoint is asked for: the client's path and query, byte for byte, without the scheme and host that may stand before
 * them, behind the endpoint's own `prefix`, and with the beginning that the version wants.
 */
export function targetFor(url: string, prefix: string, rewrite: Delivery["rewrite"]): string {
  const target = url.replace(/^https?:\/\/[^/?]*/i, "");
  const path = target.startsWith("/") ? target : `/${target}`;
  if (rewrite === undefined) return prefix + path;
  const from = rewrite.prefix.toString("latin1");
  const rest = path.slice(from.length);
  if (!path.startsWith(from) || !/^([/?]|$)/.test(rest)) return prefix + path;
  const rewritten = prefix + rewrite.to.toString("latin1") + rest;
  return rewritten.startsWith("/") ? rewritten : `/${rewritten}`;
}
