import { createHash, timingSafeEqual } from "node:crypto";
import type { Identity } from "../endpoint.ts";

/** A token of the settings: only its digest is known. */
export interface TokenSetting extends Identity {
  /** SHA-256 in hex. */
  readonly sha256: string;
}

export interface TokenBook {
  /** Whether there is a token at all. */
  readonly any: boolean;
  /** Whose token it is; undefined: nobody's. Takes the same time wherever digests differ, and however many there are. */
  find(token: string): Owner | undefined;
  /** Whose token has this mark, as long as the settings have it. */
  marked(mark: string): Identity | undefined;
}

export interface Owner {
  readonly who: Identity;
  /** Tells the token from others, and nothing of it. */
  readonly mark: string;
}

export function tokenBook(plain: string | undefined, settings: readonly TokenSetting[]): TokenBook {
  const known = [
    ...settings.map(({ name, role, sha256 }) => ({ who: { name, role }, digest: Buffer.from(sha256, "hex") })),
    ...(plain === undefined ? [] : [{ who: { name: "admin", role: "admin" as const }, digest: digestOf(plain) }]),
  ].map((one) => ({ ...one, mark: digestOf(one.digest).toString("base64url") }));
  return {
    any: known.length > 0,
    find(token) {
      const sent = digestOf(token);
      let found: Owner | undefined;
      for (const { who, digest, mark } of known) if (timingSafeEqual(sent, digest)) found ??= { who, mark };
      return found;
    },
    marked: (mark) => known.find((one) => one.mark === mark)?.who,
  };
}

function digestOf(text: string | Buffer): Buffer {
  return createHash("sha256").update(text).digest();
}
