import { randomBytes, scryptSync } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";

/** Closes what a browser keeps for the router, so that it can neither read nor change it. */
export interface Seal {
  /** `purpose` keeps what was closed for one thing from being opened for another. */
  close(purpose: string, content: object): Promise<string>;
  /** undefined: it was not closed with this key for this purpose, or has been changed since. */
  open(purpose: string, sealed: string): Promise<unknown>;
}

const HOW = { alg: "dir", enc: "A256GCM" };
const ONLY = { keyManagementAlgorithms: [HOW.alg], contentEncryptionAlgorithms: [HOW.enc] };

/**
 * Replicas with the same `secret` open what each other has closed. undefined: a key of this process' own. The key is made
 * with scrypt, since whoever has something that is sealed can try secrets on it at leisure.
 */
export function sealOf(secret: string | undefined): Seal {
  const key = new Uint8Array(secret === undefined ? randomBytes(32) : scryptSync(secret, "canary-router/seal", 32));
  return {
    close(purpose, content) {
      const bytes = new TextEncoder().encode(JSON.stringify(content));
      return new CompactEncrypt(bytes).setProtectedHeader({ ...HOW, typ: purpose }).encrypt(key);
    },
    async open(purpose, sealed) {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, ONLY);
        return protectedHeader.typ === purpose ? JSON.parse(new TextDecoder().decode(plaintext)) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
