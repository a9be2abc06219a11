import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { onTestFinished } from "vitest";

/** What a provider may get wrong, on demand. */
export interface Behaviour {
  claims: Record<string, unknown>;
  /** Sends the browser back with this error. */
  error: string | undefined;
  issuer: string | undefined;
  audience: string;
  nonce: string | undefined;
  /** Seconds that its clock is ahead. */
  ahead: number;
  /** Signs with a key that it does not show. */
  foreignKey: boolean;
}

export const CLIENT = { clientId: "canary-router", clientSecret: "provider-s3cret" };

/** An OpenID provider that holds clients to the code flow with PKCE, and lets whoever comes be the same person. */
export async function oidcProvider() {
  const behaviour: Behaviour = {
    claims: { sub: "1", email: "ann@example.com", groups: ["product", "ml"] },
    error: undefined,
    issuer: undefined,
    audience: CLIENT.clientId,
    nonce: undefined,
    ahead: 0,
    foreignKey: false,
  };
  const [own, foreign] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  const codes = new Map<string, URLSearchParams>();
  let issuer = "";

  const idToken = async (asked: URLSearchParams): Promise<string> => {
    const now = Math.floor(Date.now() / 1000) + behaviour.ahead;
    const nonce = behaviour.nonce ?? asked.get("nonce");
    return new SignJWT({ ...behaviour.claims, nonce })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setIssuer(behaviour.issuer ?? issuer)
      .setAudience(behaviour.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + 300)
      .sign((behaviour.foreignKey ? foreign : own).privateKey);
  };
  /** undefined: the client has not kept to what it has begun. */
  const redeem = (form: URLSearchParams): URLSearchParams | undefined => {
    const code = form.get("code") ?? "";
    const asked = codes.get(code);
    codes.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const right =
      form.get("client_id") === CLIENT.clientId &&
      form.get("client_secret") === CLIENT.clientSecret &&
      form.get("redirect_uri") === asked?.get("redirect_uri") &&
      challenge === asked?.get("code_challenge");
    return right ? asked : undefined;
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", issuer);
    const answer = (status: number, json: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    };
    if (url.pathname === "/.well-known/openid-configuration") {
      answer(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    } else if (url.pathname === "/jwks") {
      answer(200, { keys: [{ ...(await exportJWK(own.publicKey)), kid: "1", alg: "RS256", use: "sig" }] });
    } else if (url.pathname === "/authorize" && url.searchParams.get("code_challenge_method") === "S256") {
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      const code = randomBytes(8).toString("hex");
      if (behaviour.error === undefined) back.searchParams.set("code", code);
      else back.searchParams.set("error", behaviour.error);
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      codes.set(code, url.searchParams);
      response.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === "/token") {
      let body = "";
      for await (const chunk of request) body += chunk;
      const asked = redeem(new URLSearchParams(body));
      if (asked === undefined) answer(400, { error: "invalid_grant" });
      else answer(200, { access_token: "a", token_type: "Bearer", id_token: await idToken(asked) });
    } else answer(404, {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return { issuer, behaviour };
}
