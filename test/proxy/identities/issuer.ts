import { createServer, type Server, type ServerResponse } from "node:http";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** A key that signs, and what is published of it. */
export interface SigningKey {
  readonly published: JWK;
  /** Expires in an hour, unless the claims say otherwise. */
  sign(claims: JWTPayload, header?: { kid?: string }): Promise<string>;
}

export async function signingKey(alg: "RS256" | "ES256", kid: string | undefined): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid };
  return {
    published: { ...(await exportJWK(publicKey)), alg, use: "sig", ...named },
    sign: (claims, header = named) => signed(claims, { alg, ...header }, privateKey),
  };
}

export function signedWith(secret: string, claims: JWTPayload): Promise<string> {
  return signed(claims, { alg: "HS256" }, new TextEncoder().encode(secret));
}

function signed(claims: JWTPayload, header: { alg: string; kid?: string }, key: CryptoKey | Uint8Array) {
  return new SignJWT({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims }).setProtectedHeader(header).sign(key);
}

/** A real server that publishes keys. */
export interface KeyServer {
  readonly url: string;
  readonly asked: () => number;
  publish(...keys: readonly SigningKey[]): void;
  /** Answers otherwise from now on; undefined: as it should. */
  misbehave(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): Promise<void>;
}

export async function startKeyServer(...keys: readonly SigningKey[]): Promise<KeyServer> {
  let published = keys;
  let asked = 0;
  let otherwise: ((response: ServerResponse) => void) | undefined;
  const server: Server = createServer((_, response) => {
    asked++;
    if (otherwise !== undefined) otherwise(response);
    else response.end(JSON.stringify({ keys: published.map((key) => key.published) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/jwks.json`,
    asked: () => asked,
    publish(...others) {
      published = others;
    },
    misbehave(answer) {
      otherwise = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
