import type { JwtAlgorithm, JwtSettings } from "../routing/rules.ts";
import { variable, variableFault, variableOf } from "./environment.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, oneOrMany, type Read, text } from "./schema.ts";
import { closest, listed } from "./suggestion.ts";

const ALGORITHMS: readonly JwtAlgorithm[] = ["HS256", "RS256", "ES256"];

const EXAMPLE = variable("JWT_SECRET");

export const jwtSchema = mapOf(
  "write `{ algorithms: [RS256], jwks: https://login.example.com/.well-known/jwks.json }`",
  {
    algorithms: oneOrMany(
      "write algorithms such as `[RS256]`",
      text("write an algorithm such as `RS256`", algorithm).meta({ enum: ALGORITHMS }),
    ).describe("Signatures that count: HS256 with a secret, the others with public keys."),
    secret: text(`write \`${EXAMPLE}\`, the environment variable that holds it`, secret)
      .meta({ pattern: "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$", only: "string" })
      .optional()
      .describe(`The environment variable with the shared secret, such as \`${EXAMPLE}\`.`),
    jwks: text("write a URL or the path of a file, such as `/etc/canary-router/jwks.json`", keySet)
      .meta({ only: "string" })
      .optional()
      .describe("The public keys: a URL or the path of a file."),
    issuer: claimText("write who issues the tokens, such as `https://login.example.com/`")
      .optional()
      .describe("Who must have issued a token (`iss`)."),
    audience: claimText("write for whom the tokens are, such as `inference`")
      .optional()
      .describe("For whom a token must be (`aud`)."),
  },
);

/** How tokens are verified; undefined: something of it was refused. */
export function readJwt(reading: Reading, place: Place): JwtSettings | undefined {
  const read = reading.map(place, jwtSchema);
  if (read === undefined) return undefined;
  const { algorithms, secret, jwks, issuer, audience } = read;
  const before = reading.mistakes.length;
  if (secret !== undefined && jwks !== undefined) {
    reading.refuse(child(place, "jwks"), "Tokens have either a `secret` or `jwks`: keep one of the two.");
  }
  const shared = algorithms.includes("HS256");
  if (shared && algorithms.length > 1) {
    const repair = "write `HS256` alone, or leave it out";
    reading.refuse(child(place, "algorithms"), `HS256 needs a secret and the others public keys: ${repair}.`);
  } else if (shared && secret === undefined) {
    reading.refuse(place, `HS256 needs the secret that signs: write \`secret: ${EXAMPLE}\`.`);
  } else if (!shared && jwks === undefined) {
    reading.refuse(
      place,
      `${algorithms.join(" and ")} needs the public keys: write \`jwks\`, a URL or the path of a file.`,
    );
  }
  const keys = keysOf(secret, jwks);
  if (keys === undefined || reading.mistakes.length > before) return undefined;
  return { algorithms, keys, issuer, audience };
}

function keysOf(secret: string | undefined, jwks: string | undefined): JwtSettings["keys"] | undefined {
  if (secret !== undefined) return { from: "secret", env: secret };
  return jwks === undefined ? undefined : { from: "jwks", at: jwks };
}

function algorithm(written: string): Read<JwtAlgorithm> {
  const known = ALGORITHMS.find((one) => one === written);
  if (known !== undefined) return { kind: "ok", value: known };
  const meant = closest(written, ALGORITHMS);
  const repair =
    meant === undefined || written === "none" ? `write one of ${listed(ALGORITHMS)}.` : `did you mean \`${meant}\`?`;
  return { kind: "wrong", message: `${shown(written)} is no algorithm that tokens are verified with: ${repair}` };
}

/** The message never quotes it: it may be the secret itself. */
function secret(written: string): Read<string> {
  const name = variableOf(written);
  const fault = name === undefined ? undefined : variableFault(name);
  if (fault !== undefined) return { kind: "wrong", message: fault };
  if (name !== undefined) return { kind: "ok", value: name };
  return {
    kind: "wrong",
    message: `A secret cannot stand in the rules, they are read by many: write \`${EXAMPLE}\`, an environment variable.`,
  };
}

function keySet(written: string): Read<string> {
  const url = URL.canParse(written) && /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? new URL(written) : undefined;
  if (url === undefined) {
    if (/^[^\x00-\x1f]+$/.test(written) && !written.includes("://")) return { kind: "ok", value: written };
    return {
      kind: "wrong",
      message: `${shown(written)} is neither a URL nor the path of a file: write one of the two.`,
    };
  }
  if (url.username !== "" || url.password !== "") {
    return {
      kind: "wrong",
      message: "The URL has a user or password in it: write it without, rules are read by many.",
    };
  }
  if (/^https?:$/.test(url.protocol)) return { kind: "ok", value: written };
  return {
    kind: "wrong",
    message: `The URL ${shown(written)} speaks ${url.protocol.slice(0, -1)}: write one with \`https://\`.`,
  };
}

function claimText(repair: string) {
  return text(repair, (written): Read<string> => {
    return written === ""
      ? { kind: "wrong", message: `An empty text is nobody: ${repair}.` }
      : { kind: "ok", value: written };
  });
}
