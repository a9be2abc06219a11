import type { Access } from "../admin/access/gate.ts";
import { oidcLogin } from "../admin/access/oidc.ts";
import { sealOf } from "../admin/access/seal.ts";
import { holders, sessions } from "../admin/access/sessions.ts";
import { tokenBook } from "../admin/access/tokens.ts";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import { TrustedPeers } from "../proxy/trusted-peers.ts";

/** Who may use the admin port. */
export function accessOf({ admin, oidc: provider, proxy, store }: Settings, log: Log): Access {
  const { token, sessionKey, sessionIdle: idle, sessionLifetime: lifetime } = admin;
  const { issuer, clientId, redirectUrl } = provider;
  const oidc =
    issuer === undefined || clientId === undefined || redirectUrl === undefined
      ? undefined
      : oidcLogin({ ...provider, issuer, clientId, redirectUrl });
  const open = token === undefined && admin.tokens.length === 0 && oidc === undefined;
  const tokens = open ? undefined : tokenBook(token, admin.tokens);
  const secret = sessionKey ?? token;
  if (!open && secret === undefined && store.redisUrl !== undefined) {
    log.warn("browsers have to log in to each replica by itself: set admin.sessionKey to the same on all of them");
  }
  const seal = sealOf(secret);
  return {
    tokens,
    oidc,
    seal,
    sessions: sessions(seal, { idle, lifetime }, holders(tokens, oidc)),
    peers: new TrustedPeers(proxy.trustedProxies),
  };
}
