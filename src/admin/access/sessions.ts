import { z } from "zod";
import type { Identity } from "../endpoint.ts";
import type { Cookie } from "./cookie.ts";
import type { Oidc } from "./oidc.ts";
import type { Seal } from "./seal.ts";
import type { TokenBook } from "./tokens.ts";

export const SESSION: Cookie = { name: "canary-session", sameSite: "Strict" };

/** Who has logged in, in words that hold as long as the settings know them: they are asked anew with each request. */
const Holder = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("token"), mark: z.string() }),
  z.object({ kind: z.literal("person"), issuer: z.string(), name: z.string(), groups: z.array(z.string()) }),
]);
export type Holder = z.output<typeof Holder>;

/** What the browser keeps, sealed. Times in milliseconds since 1970. */
const Content = z.object({ holder: Holder, since: z.number(), seen: z.number() });
type Content = z.output<typeof Content>;

/** Who it is by the settings of today; undefined: nobody that they let in. */
export function holders(
  tokens: TokenBook | undefined,
  oidc: Oidc | undefined,
): (holder: Holder) => Identity | undefined {
  return (holder) => {
    if (holder.kind === "token") return tokens?.marked(holder.mark);
    const role = oidc?.roleOf(holder);
    return role === undefined ? undefined : { name: holder.name, role };
  };
}

export interface SessionRules {
  /** Milliseconds without a request after which a session has ended. */
  readonly idle: number;
  /** Milliseconds after which it ends in any case. */
  readonly lifetime: number;
}

export interface Opened {
  readonly sealed: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export type Resumed =
  | {
      readonly kind: "session";
      readonly who: Identity;
      readonly until: number;
      /** What the browser is to keep from now on; undefined: what it has. */
      readonly renewed: Opened | undefined;
    }
  /** It is too old, or whoever it belongs to is not let in any more. */
  | { readonly kind: "ended" }
  /** Nothing of the router's own. */
  | { readonly kind: "forged" };

/**
 * Sessions of browsers, which the browsers keep, sealed: any replica with the same key knows them, and they need no store,
 * which may be away just when somebody has to cut.
 */
export interface Sessions {
  open(holder: Holder): Promise<Opened>;
  resume(sealed: string): Promise<Resumed>;
}

/** A session is not sealed anew with every request, but once it has not been for so long, in ms. */
const RENEW_MS = 60_000;

export function sessions(
  seal: Seal,
  { idle, lifetime }: SessionRules,
  identityOf: (holder: Holder) => Identity | undefined,
  now: () => number = Date.now,
): Sessions {
  const until = ({ since, seen }: Content): number => Math.min(since + lifetime, seen + idle);
  const close = async (content: Content): Promise<Opened> => {
    return { sealed: await seal.close("session", content), until: until(content) };
  };
  return {
    open: (holder) => close({ holder, since: now(), seen: now() }),
    async resume(sealed) {
      const content = Content.safeParse(await seal.open("session", sealed)).data;
      if (content === undefined) return { kind: "forged" };
      const who = identityOf(content.holder);
      if (who === undefined || now() >= until(content)) return { kind: "ended" };
      const stale = now() - content.seen >= Math.min(RENEW_MS, idle / 10);
      const renewed = stale ? await close({ ...content, seen: now() }) : undefined;
      return { kind: "session", who, until: renewed?.until ?? until(content), renewed };
    },
  };
}
