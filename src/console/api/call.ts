import type { z } from "zod";
import type { Failure } from "../../admin/shapes/failure.ts";
import { sessionEnded } from "../session.ts";

/** What became of a request to the API. */
export type Called<T> =
  | { readonly kind: "done"; readonly value: T; readonly etag: string | undefined }
  /** The router said no: `code` is stable, `message` a sentence; `body` is all of the answer. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly body: unknown;
    }
  /** Nobody answered. */
  | { readonly kind: "unreachable" };

export interface Call {
  readonly method?: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly json?: object;
  /** Sent as YAML. */
  readonly yaml?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the API for JSON. The router that serves the page answers, so the shapes are those that it was built with. */
export function call<T>(path: string, asked: Call = {}): Promise<Called<T>> {
  return ask(path, asked, async (response) => (await response.json()) as T);
}

/** Asks the API for a document. */
export function callForText(path: string, asked: Call = {}): Promise<Called<string>> {
  return ask(path, asked, (response) => response.text());
}

/** The revision that an ETag stands for; 0: there are no rules. */
export function revisionOf(etag: string | undefined): number {
  return Number(etag?.replace(/\D/g, "") ?? 0);
}

async function ask<T>(path: string, asked: Call, read: (response: Response) => Promise<T>): Promise<Called<T>> {
  try {
    const response = await fetch(path, requestOf(asked));
    if (response.ok)
      return { kind: "done", value: await read(response), etag: response.headers.get("etag") ?? undefined };
    if (response.status === 401) sessionEnded();
    return refusedBy(response);
  } catch {
    return { kind: "unreachable" };
  }
}

function requestOf({ method = "GET", json, yaml, headers = {} }: Call): RequestInit {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  if (json !== undefined) {
    return { ...init, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(json) };
  }
  if (yaml !== undefined) return { ...init, headers: { ...headers, "content-type": "text/yaml" }, body: yaml };
  return { ...init, headers };
}

async function refusedBy(response: Response): Promise<Extract<Called<never>, { kind: "refused" }>> {
  const { status } = response;
  try {
    const body = (await response.json()) as z.output<typeof Failure>;
    return { kind: "refused", status, ...body.error, body };
  } catch {
    const message = `The router answered ${status} and did not say why.`;
    return { kind: "refused", status, code: "unknown", message, body: undefined };
  }
}
