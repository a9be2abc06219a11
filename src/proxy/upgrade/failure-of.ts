import type { ClientRequest } from "node:http";
import { TLSSocket } from "node:tls";
import type { ExchangeFailure } from "../../routing/outcome.ts";

/**
 * Why a version failed before it answered. `asking`: the request to it; undefined: it could not even be made, which happens
 * where the file of its authorities cannot be read. `connected`: whether it had taken the connection.
 */
export function failureOf(error: unknown, asking: ClientRequest | undefined, connected: boolean): ExchangeFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("HPE_")) return "protocol_error";
  if (connected) return "reset";
  if (asking === undefined || isUntrusted(asking)) return "bad_certificate";
  return code === "ETIMEDOUT" ? "connect_timeout" : "connect_refused";
}

function isUntrusted({ socket }: ClientRequest): boolean {
  return socket instanceof TLSSocket && Boolean(socket.authorizationError);
}
