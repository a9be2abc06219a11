import { STATUS_CODES } from "node:http";

/** An answer that the router gives itself: `code` is stable, `message` names the thing and the repair. */
export interface RouterAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Its headers (names and values in turn) and body. `more`: headers that are added. */
export function render(answer: RouterAnswer, more: readonly string[]): { headers: string[]; body: string } {
  const body = `${JSON.stringify({ error: { code: answer.code, message: answer.message } })}\n`;
  const headers = [
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(body)),
    "x-canary-error",
    answer.code,
    ...more,
  ];
  return { headers, body };
}

/** The whole message, for a socket that no `ServerResponse` speaks for; nothing may follow it. */
export function renderMessage(answer: RouterAnswer, more: readonly string[]): Buffer {
  const { headers, body } = render(answer, [...more, "connection", "close"]);
  let text = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), Buffer.from(body)]);
}
