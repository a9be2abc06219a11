import { type Fields, fieldName } from "../wire/fields.ts";

const KEEP_ALIVE = fieldName("keep-alive");
/** What is left of the server's patience when we let go, so that it does not close as we send. */
const MARGIN = 0.8;

/** How long we may keep an idle connection by what its server says: `Keep-Alive: timeout=N`. In ms; Infinity: not said. */
export function serverPatience(fields: Fields): number {
  const field = fields.find(KEEP_ALIVE);
  if (field < 0) return Infinity;
  const seconds = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,6})/i.exec(fields.value(field))?.[1];
  return seconds === undefined ? Infinity : Number(seconds) * 1000 * MARGIN;
}
