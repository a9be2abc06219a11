import type { Failure } from "../../routing/outcome.ts";
import type { RouterAnswer } from "../router-answer.ts";

/** What went wrong between the router and a version, before any of the answer was passed on. */
export interface Trouble {
  readonly failure: Failure;
  readonly answer: RouterAnswer;
}

/** `connected`: whether the endpoint had taken the connection. */
export function troubleOf(error: unknown, connected: boolean, endpoint: string): Trouble {
  const code = codeOf(error);
  if (code.startsWith("HPE_")) {
    return trouble(
      "protocol_error",
      502,
      "upstream_protocol_error",
      `What ${endpoint} answered is not HTTP (${code}).`,
    );
  }
  if (code === "ETIMEDOUT" && !connected) return connectTimeout(endpoint);
  if (!connected) {
    return trouble(
      "connect_refused",
      502,
      "upstream_refused",
      `No connection to ${endpoint} (${code}); is it running?`,
    );
  }
  return trouble("reset", 502, "upstream_reset", `${endpoint} closed the connection before it answered.`);
}

export function connectTimeout(endpoint: string): Trouble {
  return trouble("connect_timeout", 504, "connect_timeout", `${endpoint} did not take the connection in time.`);
}

export function firstByteTimeout(endpoint: string): Trouble {
  return trouble("first_byte_timeout", 504, "first_byte_timeout", `${endpoint} did not begin to answer in time.`);
}

function trouble(failure: Failure, status: number, code: string, message: string): Trouble {
  return { failure, answer: { status, code, message } };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "closed";
}
