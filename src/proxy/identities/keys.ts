import { createSecretKey } from "node:crypto";
import type { LookupFunction } from "node:net";
import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import type { Log } from "../../log.ts";
import type { JwtSettings } from "../../routing/rules.ts";
import { type KeyText, keyTextAt } from "./key-text.ts";

/** The keys that tokens are verified with; another object when they have changed. */
export type KeyRing = JWTVerifyGetKey;

export interface Keys {
  /** The last good ones; undefined: there have been none yet. Reads them again in the background when they are old. */
  current(): KeyRing | undefined;
  /** Reads them again, unless that was done a moment ago. Ends within the time limit and never rejects. */
  refreshed(): Promise<KeyRing | undefined>;
}

export interface KeysContext {
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Milliseconds since whenever; nobody sets this clock. */
  readonly now: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Milliseconds that anybody is waited for. */
  readonly timeoutMs: number;
  /** Where names are: not everywhere may be asked for keys. */
  readonly lookup: LookupFunction;
}

export function keysOf(settings: JwtSettings["keys"], context: KeysContext): Keys {
  return settings.from === "secret" ? secretKeys(settings.env, context) : publishedKeys(settings.at, context);
}

/** HS256 is safe with a secret as long as what it makes, RFC 7518 3.2. */
const SAFE_SECRET_BYTES = 32;

function secretKeys(variable: string, { environment, log }: KeysContext): Keys {
  const secret = Buffer.from(environment[variable] ?? "");
  if (secret.length === 0) {
    log.warn("no token can be verified: the environment variable with the secret is not set", { variable });
    return { current: () => undefined, refreshed: async () => undefined };
  }
  if (secret.length < SAFE_SECRET_BYTES) {
    log.warn("the secret that tokens are verified with can be guessed: let it have 32 bytes or more", { variable });
  }
  const key = createSecretKey(secret);
  const ring: KeyRing = async () => key;
  return { current: () => ring, refreshed: async () => ring };
}

/** Keys that somebody else publishes and changes at will. */
function publishedKeys(at: string, { now, log, timeoutMs, lookup }: KeysContext): Keys {
  const source = keyTextAt(at, lookup);
  let ring: KeyRing | undefined;
  let text: string | undefined;
  let lastAttempt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let reading: Promise<KeyRing | undefined> | undefined;

  const read = async (from: KeyText): Promise<KeyRing | undefined> => {
    try {
      const found = await from.read(timeoutMs);
      if (found !== text) ring = createLocalJWKSet(KeySet.parse(JSON.parse(found)));
      text = found;
      if (failing) log.info("the keys that tokens are verified with can be read again", { at });
      failing = false;
    } catch (error) {
      if (!failing) {
        const kept = ring === undefined ? "no token can be verified" : "the last good ones are used on";
        log.warn(`the keys that tokens are verified with cannot be read: ${kept}`, { at, why: reasonOf(error) });
      }
      failing = true;
    }
    return ring;
  };
  const refreshed = (): Promise<KeyRing | undefined> => {
    if (reading === undefined && now() - lastAttempt < source.pauseMs) return Promise.resolve(ring);
    lastAttempt = now();
    reading ??= read(source).finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    current() {
      if (now() - lastAttempt >= (failing ? source.pauseMs : source.maxAgeMs)) void refreshed();
      return ring;
    },
    refreshed,
  };
}

/** RFC 7517 5: what is not understood is passed over. */
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** Without what was read: a parser's message quotes it. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return "that is no JSON Web Key Set (RFC 7517)";
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
