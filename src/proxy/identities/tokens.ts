import { hash } from "node:crypto";
import { errors, type JWTVerifyOptions, jwtVerify } from "jose";
import type { JwtSettings } from "../../routing/rules.ts";
import { type Claims, claimsOf } from "./claims-of.ts";
import { type KeyRing, type Keys, type KeysContext, keysOf } from "./keys.ts";
import { Remembered } from "./remembered.ts";

/** A token that is longer is not looked at. */
const MOST_CHARS = 16_384;
const MOST_VERIFIED = 5_000;
const MOST_REFUSED = 5_000;
/** How long a token that is not valid is not looked at again, in ms. */
const REFUSED_MS = 5_000;
/** By how much the clocks of those who issue tokens may differ from ours, in seconds. */
const SKEW_S = 5;

const NONE: Claims = new Map();

interface Verified {
  readonly claims: Claims;
  /** When the token runs out, in ms; Infinity: never. */
  readonly until: number;
}

type Verdict = ({ readonly kind: "verified" } & Verified) | { readonly kind: "unknown key" | "invalid" };

/**
 * Tokens under one way of verifying them. What was found out is remembered by the tokens' SHA-256 until they run out or the
 * keys change. Those that are not valid have a memory of their own, so that a flood of them displaces no good one.
 */
export class Tokens {
  private readonly keys: Keys;
  private readonly context: KeysContext;
  private readonly options: JWTVerifyOptions;
  private readonly verified = new Remembered<Verified>(MOST_VERIFIED);
  /** Until when each is taken to be invalid. */
  private readonly refused = new Remembered<number>(MOST_REFUSED);
  private readonly underway = new Map<string, Promise<void>>();
  /** The keys that everything remembered was found out with. */
  private ring: KeyRing | undefined;

  constructor(settings: JwtSettings, context: KeysContext) {
    this.keys = keysOf(settings.keys, context);
    this.context = context;
    const { issuer, audience } = settings;
    this.options = {
      algorithms: [...settings.algorithms],
      clockTolerance: SKEW_S,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
  }

  /** How many tokens something is remembered of. */
  get size(): number {
    return this.verified.size + this.refused.size + this.underway.size;
  }

  claims(token: string): Claims | Promise<void> {
    if (token.length > MOST_CHARS) return NONE;
    this.follow(this.keys.current());
    const digest = hash("sha256", token, "base64");
    const known = this.verified.get(digest);
    if (known !== undefined && this.context.wallClock() < known.until) return known.claims;
    const refusedUntil = this.refused.get(digest);
    if (refusedUntil !== undefined && this.context.now() < refusedUntil) return NONE;
    let asked = this.underway.get(digest);
    if (asked === undefined) {
      asked = this.find(token, digest).finally(() => this.underway.delete(digest));
      this.underway.set(digest, asked);
    }
    return asked;
  }

  private async find(token: string, digest: string): Promise<void> {
    let ring = this.keys.current() ?? (await this.keys.refreshed());
    let verdict = await this.judge(token, ring);
    if (verdict.kind === "unknown key") {
      // Whoever issues tokens may have begun to use a new key.
      const newer = await this.keys.refreshed();
      if (newer !== ring) verdict = await this.judge(token, newer);
      ring = newer;
    }
    if (ring !== this.keys.current()) return; // changed meanwhile: whoever asks again has it judged again
    this.follow(ring);
    if (verdict.kind !== "verified") this.refused.set(digest, this.context.now() + REFUSED_MS);
    else this.verified.set(digest, verdict);
  }

  /** What was found out with other keys counts no more. */
  private follow(ring: KeyRing | undefined): void {
    if (ring === this.ring) return;
    this.ring = ring;
    this.verified.clear();
    this.refused.clear();
  }

  private async judge(token: string, ring: KeyRing | undefined): Promise<Verdict> {
    if (ring === undefined) return { kind: "invalid" };
    try {
      return await this.verify(token, ring);
    } catch (error) {
      return { kind: error instanceof errors.JWKSNoMatchingKey ? "unknown key" : "invalid" };
    }
  }

  private async verify(token: string, ring: KeyRing): Promise<Verdict> {
    const options = { ...this.options, currentDate: new Date(this.context.wallClock()) };
    try {
      const { payload } = await jwtVerify(token, ring, options);
      const until = payload.exp === undefined ? Number.POSITIVE_INFINITY : (payload.exp + SKEW_S) * 1000;
      return { kind: "verified", claims: claimsOf(payload), until };
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token does not say by which key: one of them may fit.
      for await (const key of error) {
        try {
          return await this.verify(token, async () => key);
        } catch (inner) {
          if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
        }
      }
      return { kind: "invalid" };
    }
  }
}
