import type { JwtSettings } from "../routing/rules.ts";

/** Whose an API key is. Byte strings, see `toBytes`. */
export interface Owner {
  readonly customer: string;
  /** undefined: the directory does not say. */
  readonly type: string | undefined;
}

/**
 * Who is who. Answers at once what it knows; else with a promise that never rejects, after which asking again is answered
 * at once.
 */
export interface Identities {
  /** The claims of a token that was verified, as byte strings; one that is not valid has none. */
  claims(token: string, settings: JwtSettings): ReadonlyMap<string, string> | Promise<void>;
  /** Whose API key or opaque bearer token it is. */
  owner(key: string): Owner | undefined | Promise<void>;
  /** The customer's type in the directory. */
  typeOf(customer: string): string | undefined | Promise<void>;
}

/** Knows nobody. */
export const NO_IDENTITIES: Identities = {
  claims: () => new Map(),
  owner: () => undefined,
  typeOf: () => undefined,
};

/** What a request shows of itself: a token that can be verified, and a key that somebody has to know. It may have both. */
export interface Credentials {
  readonly token: string | undefined;
  readonly key: string | undefined;
}

/** Where model APIs have keys that are no bearer tokens; those count before them. */
const KEY_HEADERS = ["x-api-key", "api-key"];
const BEARER = /^bearer +([^ ].*)$/i;
/** A compact JWS (RFC 7515 7.1); its first part begins with `{`. A key with two dots in it is none. */
const JWT = /^e[w-z][\w-]*\.[\w-]*\.[\w-]*$/;

/** The credentials in a request's head. `header` knows names in lower case. */
export function credentialsOf(header: (name: string) => string | undefined): Credentials {
  const bearer = BEARER.exec(header("authorization") ?? "")?.[1];
  if (bearer !== undefined && !JWT.test(bearer)) return { token: undefined, key: bearer };
  for (const name of KEY_HEADERS) {
    const key = header(name);
    if (key !== undefined && key !== "") return { token: bearer, key };
  }
  return { token: bearer, key: undefined };
}
