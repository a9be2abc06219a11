import { type Delivery, wantedTarget } from "../express/delivery.ts";

/**
 * What the endpoint is asked for: the client's path and query, without the scheme and host that may stand before them, behind
 * the endpoint's own `prefix`, and changed as the version wants.
 */
export function targetFor(method: string, url: string, prefix: string, delivery: Delivery): string {
  const target = url.replace(/^https?:\/\/[^/?]*/i, "");
  const whole = target.startsWith("/") ? target : `/${target}`;
  const mark = whole.indexOf("?");
  const path = mark < 0 ? whole : whole.slice(0, mark);
  const query = mark < 0 ? "" : whole.slice(mark + 1);
  return prefix + (wantedTarget(method, { path, query }, delivery) ?? whole);
}
