import { hash } from "node:crypto";
import type { Log } from "../../log.ts";
import type { JwtSettings } from "../../routing/rules.ts";
import { type Resolve, rememberingLookup } from "../express/addresses.ts";
import type { Identities, Owner } from "../identities.ts";
import { LookedUp, type LookedUpContext, type LookUp } from "./looked-up.ts";
import { Tokens } from "./tokens.ts";

/** Who knows customers. Byte strings, see `toBytes`. */
export interface CustomerDirectory {
  /** Whose each key is, by the key's SHA-256 in hex. */
  readonly owners: LookUp<Owner>;
  /** The types of customers. */
  readonly types: LookUp<string>;
}

export interface IdentitiesOptions {
  readonly directory: CustomerDirectory;
  readonly log: Log;
  /** Where the secrets are that the rules name; the process's own unless told. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that keys and directory are waited for; 2000 unless told. */
  readonly timeoutMs?: number;
  /** Finds the addresses that keys may be fetched from; the system's unless told. */
  readonly resolve?: Resolve;
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number;
  /** Milliseconds since whenever; nobody sets this clock. */
  readonly now?: () => number;
}

/** What is longer is neither a key nor the id of a customer. */
const MOST_KEY_CHARS = 4_096;
const MOST_ID_CHARS = 256;
/** Ways of verifying tokens that are remembered: the one of the rules in force, and those of drafts. */
const MOST_WAYS = 4;

/** Tokens, API keys and customers, remembered so that whoever asks often is known at once. */
export function createIdentities(options: IdentitiesOptions): Identities {
  const { directory, log, environment = process.env, timeoutMs = 2000 } = options;
  const { wallClock = Date.now, now = () => performance.now() } = options;
  const lookup = rememberingLookup(now, options.resolve);
  const context = (what: string): LookedUpContext => ({
    now,
    timeoutMs,
    onTrouble(why) {
      if (why === undefined) log.info(`${what} can be looked up again`);
      else log.warn(`${what} cannot be looked up: the last answers count, and whoever is new is not known`, { why });
    },
  });
  const owners = new LookedUp(directory.owners, context("API keys"));
  const types = new LookedUp(directory.types, context("customers' types"));
  const ways = new Map<string, Tokens>();
  const waysBySettings = new WeakMap<JwtSettings, Tokens>();

  /** Another revision of the rules with the same settings goes on with what is remembered. */
  const tokensOf = (settings: JwtSettings): Tokens => {
    const name = JSON.stringify(settings);
    const tokens = ways.get(name) ?? new Tokens(settings, { now, wallClock, environment, log, timeoutMs, lookup });
    ways.delete(name);
    ways.set(name, tokens);
    const [oldest] = ways.keys();
    if (ways.size > MOST_WAYS && oldest !== undefined) ways.delete(oldest);
    waysBySettings.set(settings, tokens);
    return tokens;
  };

  return {
    claims: (token, settings) => (waysBySettings.get(settings) ?? tokensOf(settings)).claims(token),
    owner: (key) =>
      key.length > MOST_KEY_CHARS ? undefined : owners.get(hash("sha256", Buffer.from(key, "latin1"), "hex")),
    typeOf: (customer) => (customer.length > MOST_ID_CHARS ? undefined : types.get(customer)),
  };
}
