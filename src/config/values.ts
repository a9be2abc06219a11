import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { isLoopback } from "./loopback.ts";
import { readRedisUrl } from "./redis-url.ts";
import { ROLES } from "./roles.ts";
import { bytesOf } from "./size.ts";

/*
 * How one setting is written: what YAML makes of some characters, or those characters as the environment and flags have
 * them. A message ends the sentence "proxy.port is 99999: ".
 */

export const scalar = z.union([z.string(), z.number()], { error: "write one value" }).transform(String);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DAY = 24 * 3_600_000; // setTimeout itself ends at 24.8 days

/** Milliseconds, from `least` to a day, written `500ms`, `5s`, `30m` or `1h`. */
export function duration({ least }: { least: number }) {
  return scalar.transform((text, context): number => {
    const [, digits, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Math.round(Number(digits) * (UNITS[unit] ?? Number.NaN));
    if (ms >= least && ms <= DAY) return ms;
    const wanted = Number.isNaN(ms)
      ? "a time with its unit, such as 500ms, 5s or 30m"
      : `a time from ${least}ms to 24h`;
    return refuse(context, `write ${wanted}`);
  });
}

/** How many of something, in plain digits. */
export function count({ least, most }: { least: number; most: number }) {
  return scalar.transform((text, context): number => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : refuse(context, `write a number from ${least} to ${most}`);
  });
}

/** Processes that share the proxy port; `auto`: one for each processor core. */
export const workers = scalar.transform((text, context): number => {
  if (text === "auto") return availableParallelism();
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 256 ? number : refuse(context, "write auto, or a number from 1 to 256");
});

/** Bytes, written `512B`, `64KiB` or `1MB`, between two that are written so too. */
export function size({ least, most }: { least: string; most: string }) {
  return scalar.transform((text, context): number => {
    const bytes = bytesOf(text);
    if (bytes === undefined) return refuse(context, `write a size with its unit, such as ${least} or ${most}`);
    const fits = bytes >= (bytesOf(least) ?? 0) && bytes <= (bytesOf(most) ?? Infinity);
    return fits ? bytes : refuse(context, `write a size from ${least} to ${most}`);
  });
}

/** 0 lets the system choose. */
export const port = scalar.transform((text, context): number => {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return number <= 65_535 ? number : refuse(context, "write a port from 1 to 65535, or 0 to let the system choose one");
});

/** An address or a name to listen on. */
export const host = matching(
  (text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
  "write an address without a port, such as 0.0.0.0, 127.0.0.1 or ::",
);

/** What can be sent in an `Authorization` header. */
export const token = matching(
  (text) => /^[\x21-\x7e]+$/.test(text),
  "write a token of visible ASCII characters without spaces",
);

/** What nobody guesses. */
export const sessionKey = matching(
  (text) => /^[\x21-\x7e]{32,}$/.test(text),
  "write at least 32 random characters without spaces: `openssl rand -hex 32` prints some",
);

const namedToken = z.strictObject({
  name: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, { error: "a name has 1 to 64 visible ASCII characters without spaces" }),
  role: z.enum(ROLES, { error: `role is one of ${ROLES.join(", ")}` }),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, { error: "sha256 has 64 hex digits: `printf %s TOKEN | sha256sum` prints them" }),
});

/** Tokens by their digests, each with a name and a role: a list, or that list as JSON. */
export const tokens = z
  .union([z.array(z.unknown()), z.string().transform((text) => parsedJson(text))])
  .transform((list, context): z.output<typeof namedToken>[] => {
    const parsed = z.array(namedToken).safeParse(list);
    if (!parsed.success) {
      const [first] = parsed.error.issues;
      return refuse(
        context,
        `write a list such as [{name: ci, role: editor, sha256: …}]; ${first?.path.join(".")}: ${first?.message}`,
      );
    }
    const twice = parsed.data.find(({ name }, i) => parsed.data.findIndex((one) => one.name === name) < i);
    return twice === undefined
      ? parsed.data
      : refuse(context, `the name ${twice.name} is there twice: give each its own`);
  });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An identity provider, as its discovery document calls itself. */
export const issuer = matching(
  (text) => isSafeUrl(text, true),
  "write an https URL, such as https://login.example.com/realms/ml (http on this machine only)",
);

/** Where an identity provider sends browsers back to; they may reach the router by http. */
export const callbackUrl = matching(
  (text) => isSafeUrl(text, false) && new URL(text).pathname.endsWith("/api/session/oidc/callback"),
  "write the URL of the admin port as browsers reach it with /api/session/oidc/callback after it",
);

export const word = matching(
  (text) => /^[\x21-\x7e]{1,1000}$/.test(text),
  "write visible ASCII characters without spaces",
);

export const scopes = matching(
  (text) => /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text) && text.split(" ").includes("openid"),
  "write scopes with a space between, openid among them",
);

/** Roles by groups: a map, or that map as JSON. */
export const groupRoles = z
  .union([z.record(z.string(), z.unknown()), z.string().transform((text) => parsedJson(text))])
  .transform((map, context): Record<string, (typeof ROLES)[number]> => {
    const parsed = z.record(z.string(), z.enum(ROLES)).safeParse(map);
    if (parsed.success) return parsed.data;
    return refuse(context, `write a map such as { ml-platform: admin }, with the roles ${ROLES.join(", ")}`);
  });

function isSafeUrl(text: string, secret: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username } = new URL(text);
  const safe =
    protocol === "https:" || (protocol === "http:" && (!secret || isLoopback(hostname.replace(/^\[|\]$/g, ""))));
  return safe && search === "" && hash === "" && username === "";
}

export const redisUrl = matching(
  (text) => readRedisUrl(text) !== undefined,
  "write redis://host:6379, rediss://user:password@host:6379, redis+sentinel://a:26379,b:26379/mymaster or " +
    "redis+cluster://a:6379,b:6379, with special characters percent-encoded",
);

export const redisLogin = matching((text) => /^[^\s]+$/.test(text), "write it without spaces");

/** Braces would change the hash tag, by which a Redis cluster keeps the keys together. */
export const keyPrefix = matching(
  (text) => /^[\w.:-]{1,100}$/.test(text),
  "write 1 to 100 characters out of letters, digits and _ . : -",
);

/** The path of a URL, without a query. */
export const urlPath = matching(
  (text) => /^\/[\x21-\x22\x24-\x3e\x40-\x7e]{1,200}$/.test(text),
  "write a path such as /feedback",
);

export const filePath = matching((text) => !text.includes("\0"), "write the path of a file");

const TOLD = "write off, failures, or a percentage such as 5%";

/** Which requests are told of: undefined: none; 0 to 1: those that failed, and this share of the others. */
export const toldRequests = z.string({ error: TOLD }).transform((text, context): number | undefined => {
  if (text === "off") return undefined;
  if (text === "failures") return 0;
  return partOf(text) ?? refuse(context, TOLD);
});

/** 0 to 1, written `5%`. */
export const percentage = scalar.transform((text, context): number => {
  return partOf(text) ?? refuse(context, "write a percentage such as 5%");
});

function partOf(percentage: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,4})?) ?%$/.exec(percentage) ?? [];
  return digits !== undefined && Number(digits) <= 100 ? Number(digits) / 100 : undefined;
}

export function oneOf<const T extends string>(values: readonly T[]) {
  return z.enum(values, { error: `write one of ${values.join(", ")}` });
}

/** A list, or one text with commas. `error`: what to write. */
function listed(error: string) {
  const one = z.string().transform((text) => text.split(",").map((part) => part.trim()));
  return z.union([z.array(z.string()), one], { error });
}

/** Addresses and networks: a list, or one text with commas; `none` is the empty list. */
export const networks = listed("write a list of addresses or networks").transform((list, context): string[] => {
  if (list.length === 1 && list[0] === "none") return [];
  const wrong = list.find((network) => !isNetwork(network));
  if (wrong === undefined) return list;
  return refuse(context, `"${wrong}" is neither an address nor a network such as 10.0.0.0/8 or fd00::/8, nor none`);
});

/** Addresses, networks and names with `*`: a list, or one text with commas. */
export const hosts = listed("write a list of addresses, networks or names").transform((list, context): string[] => {
  const wrong = list.find((entry) => !isNetwork(entry) && !/^[a-z0-9*_]([a-z0-9*_.-]*[a-z0-9*])?$/i.test(entry));
  if (wrong === undefined) return list;
  return refuse(
    context,
    `"${wrong}" is neither an address, a network such as 10.0.0.0/8, nor a name such as *.models.svc`,
  );
});

/** Names of environment variables with `*`: a list, or one text with commas. */
export const variables = listed("write a list of names of environment variables").transform(
  (list, context): string[] => {
    const wrong = list.find((entry) => !/^[A-Za-z_*][A-Za-z0-9_*]*$/.test(entry));
    if (wrong === undefined) return list;
    return refuse(context, `"${wrong}" is no name of an environment variable, such as MODEL_KEY or MODEL_*`);
  },
);

function isNetwork(text: string): boolean {
  const [, address = "", length = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(length) <= (family === 4 ? 32 : 128);
}

export function matching(isRight: (text: string) => boolean, message: string) {
  return scalar.refine(isRight, { error: message });
}

export function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
