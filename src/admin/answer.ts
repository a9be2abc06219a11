import type { Response } from "express";

/** What an endpoint answers. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly json: object }
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly text: string;
      readonly type: string;
    }
  /** Goes on by itself, until the client leaves; false: it will not, and nothing has been answered. */
  | { readonly listen: (response: Response) => boolean; readonly otherwise: Refusal };

/** An answer that says no. */
export type Refusal = Extract<Answer, { json: object }>;

/** A stable code, and a sentence with the repair. `more` stands beside the error. */
export function refusal(
  status: number,
  code: string,
  message: string,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, headers, json: { error: { code, message }, ...more } };
}

export function send(response: Response, answer: Answer): void {
  if ("listen" in answer) {
    if (!answer.listen(response)) send(response, answer.otherwise);
    return;
  }
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if ("json" in answer) response.json(answer.json);
  else response.type(answer.type).send(answer.text);
}
