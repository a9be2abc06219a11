import { STATUS_CODES } from "node:http";

/** An answer that the router gives itself: `code` is stable, `message` names the thing and the repair. */
export interface RouterAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

/**
 * The whole message: JSON `{ "error": { "code", "message" } }`, its code also in `x-canary-error`.
 * @param lines more header lines, whole, one char per byte. @param keep the connection goes on. @param withBody false for HEAD.
 */
export function renderAnswer(answer: RouterAnswer, lines: string, keep = false, withBody = true): Buffer {
  const { status, code, message, retryAfter } = answer;
  const body = Buffer.from(`${JSON.stringify({ error: { code, message } })}\n`);
  const head =
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nx-canary-error: ${code}\r\n${lines}` +
    (retryAfter === undefined ? "" : `Retry-After: ${retryAfter}\r\n`) +
    `Date: ${new Date().toUTCString()}\r\n${keep ? "" : "Connection: close\r\n"}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), withBody ? body : NO_BODY]);
}

const NO_BODY = Buffer.alloc(0);
