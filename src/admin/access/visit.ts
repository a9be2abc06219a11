import type { Request } from "express";
import type { TrustedPeers } from "../../proxy/trusted-peers.ts";

/** From where, and how, a request has come to the admin port. */
export interface Visit {
  /** The address at the other end of the connection. */
  readonly address: string;
  /** Whether the browser speaks TLS, to a proxy in front of the port that is trusted. */
  readonly secure: boolean;
  /** What the browser may call this place: `Host`, and what a trusted proxy says that it was. */
  readonly hosts: readonly string[];
}

export function visitOf(request: Request, peers: TrustedPeers): Visit {
  const { address, trusted } = peers.peerOf(request.socket);
  const told = (name: string): string | undefined => (trusted ? request.get(name)?.split(",")[0]?.trim() : undefined);
  const hosts = [request.get("host"), told("x-forwarded-host")].filter((host) => host !== undefined);
  return { address, secure: told("x-forwarded-proto")?.toLowerCase() === "https", hosts };
}
