import * as client from "openid-client";
import { z } from "zod";
import { isLoopback } from "../../config/loopback.ts";
import { ROLES, type Role } from "../../config/roles.ts";
import type { Cookie } from "./cookie.ts";

/** How people log in at an identity provider. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** The callback, as browsers reach it. */
  readonly redirectUrl: string;
  readonly scopes: string;
  /** The claim of the ID token with the person's name, and the one with their groups. */
  readonly nameClaim: string;
  readonly groupsClaim: string;
  /** The role that a group gives. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** What a login that has begun is held to when the browser comes back; it keeps it, sealed, in this cookie. */
export const LOGIN: Cookie = { name: "canary-login", sameSite: "Lax" };
export const LOGIN_MS = 10 * 60_000;
export const Begun = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), at: z.number() });
export type Begun = z.output<typeof Begun>;

export interface Person {
  readonly issuer: string;
  readonly name: string;
  /** Only those that give a role. */
  readonly groups: readonly string[];
}

export type Finished =
  | { readonly kind: "person"; readonly person: Person }
  /** The provider, or what it says, does not let the person in. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unavailable"; readonly why: string };

/** OpenID Connect, authorization code flow with PKCE. No method rejects. */
export interface Oidc {
  /** Where the browser is to go. */
  begin(): Promise<{ readonly kind: "begun"; readonly url: string; readonly begun: Begun } | Unavailable>;
  /** `query` is what the provider has sent the browser back with. */
  finish(query: URLSearchParams, begun: Begun): Promise<Finished>;
  /** The highest that a person's groups give, as the settings have it now; undefined: none. */
  roleOf(person: Person): Role | undefined;
}
type Unavailable = Extract<Finished, { kind: "unavailable" }>;

/** Clocks of the provider and of the router may be so many seconds apart. */
const CLOCK_TOLERANCE_S = 30;
/** How long the provider may take, in seconds. */
const PATIENCE_S = 10;

/** The provider is asked what it can when somebody logs in, and not before: it may be away when the router starts. */
export function oidcLogin(settings: OidcSettings, now: () => number = Date.now): Oidc {
  const { issuer, clientId, clientSecret, redirectUrl, scopes, roles } = settings;
  let found: Promise<client.Configuration> | undefined;
  const provider = (): Promise<client.Configuration> => {
    const url = new URL(issuer);
    const metadata = { [client.clockTolerance]: CLOCK_TOLERANCE_S };
    const how = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret);
    const local = url.protocol === "http:" && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    // Signatures are checked as well, though the specification lets who fetches tokens over TLS go without (Core, 3.1.3.7).
    const execute = [client.enableNonRepudiationChecks, ...(local ? [client.allowInsecureRequests] : [])];
    found ??= client.discovery(url, clientId, metadata, how, { execute, timeout: PATIENCE_S });
    found.catch(() => {
      found = undefined;
    });
    return found;
  };
  const rolesOf = (groups: readonly string[]): Role[] =>
    groups.flatMap((group) => (Object.hasOwn(roles, group) ? [roles[group] ?? []].flat() : []));
  return {
    async begin() {
      try {
        const config = await provider();
        const verifier = client.randomPKCECodeVerifier();
        const begun = { state: client.randomState(), nonce: client.randomNonce(), verifier, at: now() };
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: redirectUrl,
          scope: scopes,
          state: begun.state,
          nonce: begun.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
        });
        return { kind: "begun", url: url.href, begun };
      } catch (error) {
        return { kind: "unavailable", why: reasonOf(error) };
      }
    },
    async finish(query, { state, nonce, verifier }) {
      let config: client.Configuration;
      try {
        config = await provider();
      } catch (error) {
        return { kind: "unavailable", why: reasonOf(error) };
      }
      try {
        const url = new URL(redirectUrl);
        url.search = query.toString();
        const checks = {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        };
        const claims = (await client.authorizationCodeGrant(config, url, checks)).claims() ?? {};
        return personOf(claims);
      } catch (error) {
        return { kind: "refused", why: reasonOf(error) };
      }
    },
    roleOf: (person) => {
      if (person.issuer !== issuer) return undefined;
      const own = rolesOf(person.groups);
      return ROLES.findLast((role) => own.includes(role));
    },
  };

  function personOf(claims: Readonly<Record<string, unknown>>): Finished {
    const { nameClaim, groupsClaim } = settings;
    const name = z.string().min(1).max(200).safeParse(claims[nameClaim]).data;
    if (name === undefined) return { kind: "refused", why: `the ID token has no claim ${nameClaim} (oidc.nameClaim)` };
    if (nameClaim === "email" && claims["email_verified"] === false) {
      return { kind: "refused", why: `the provider has not verified that ${name} is theirs` };
    }
    const groups = z
      .union([z.array(z.string()), z.string().transform((one) => [one])])
      .safeParse(claims[groupsClaim]).data;
    if (groups === undefined) {
      return { kind: "refused", why: `the ID token has no claim ${groupsClaim} with groups (oidc.groupsClaim)` };
    }
    const known = groups.filter((group) => rolesOf([group]).length > 0);
    if (known.length === 0) return { kind: "refused", why: `${name} is in no group that gives a role (oidc.roles)` };
    return { kind: "person", person: { issuer, name, groups: known } };
  }
}

/** What went wrong, down to the cause, without what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof client.AuthorizationResponseError) return `the provider says ${error.error}`;
  if (error instanceof client.ResponseBodyError) return `the provider says ${error.error}`;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`;
}
