import { createHash, timingSafeEqual } from "node:crypto";
import type { Identity } from "../endpoint.ts";

/** A token of the settings: only its digest is known. */
export interface TokenSetting extends Identity {
  /** SHA-256 in hex. */
  readonly sha256: string;
}

/** Whose token it is; undefined: nobody's. Takes the same time wherever digests differ, and however many there are. */
export type TokenBook = (token: string) => Identity | undefined;

export function tokenBook(plain: string | undefined, settings: readonly TokenSetting[]): TokenBook {
  const known = [
    ...settings.map(({ name, role, sha256 }) => ({ who: { name, role }, digest: Buffer.from(sha256, "hex") })),
    ...(plain === undefined ? [] : [{ who: { name: "admin", role: "admin" as const }, digest: digestOf(plain) }]),
  ];
  return (token) => {
    const sent = digestOf(token);
    let found: Identity | undefined;
    for (const { who, digest } of known) if (timingSafeEqual(sent, digest)) found ??= who;
    return found;
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
