import { type Fields, fieldName } from "../wire/fields.ts";
import { NO_BODY } from "../wire/framing.ts";
import type { ResponseHead } from "../wire/response-head.ts";

const KEEP_ALIVE = fieldName("keep-alive");
/** What is left of the server's patience when we let go, so that it does not close as we send. */
const MARGIN = 0.8;

/**
 * How long a connection may be kept after an answer, in ms; 0: not at all. A server that announces a body where none belongs (HEAD, 304)
 * may send one after all: not to whoever asks next.
 */
export function keepFor(head: ResponseHead): number {
  const announced = head.chunked || head.contentLengthField >= 0;
  if (!head.keepAlive || (head.bodyLength === NO_BODY && announced)) return 0;
  return serverPatience(head.fields);
}

/** How long we may keep an idle connection by what its server says: `Keep-Alive: timeout=N`. In ms; Infinity: not said. */
function serverPatience(fields: Fields): number {
  const field = fields.find(KEEP_ALIVE);
  if (field < 0) return Infinity;
  const seconds = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,6})/i.exec(fields.value(field))?.[1];
  return seconds === undefined ? Infinity : Number(seconds) * 1000 * MARGIN;
}
