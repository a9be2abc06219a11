import { z } from "zod";
import { headerList, httpUrl } from "./config/collector.ts";
import { isLoopback } from "./config/loopback.ts";
import { reaches } from "./config/roles.ts";
import { samePerson } from "./config/same-person.ts";
import {
  type Environment,
  type SettingName,
  type SettingsFile,
  settingName,
  type Written,
  writtenForOpenTelemetry,
  writtenInEnvironment,
  writtenInFile,
  writtenInFlags,
} from "./config/sources.ts";
import {
  callbackUrl,
  count,
  duration,
  filePath,
  groupRoles,
  host,
  hosts,
  issuer,
  keyPrefix,
  networks,
  oneOf,
  percentage,
  port,
  redisLogin,
  redisUrl,
  scopes,
  sessionKey,
  size,
  token,
  tokens,
  toldRequests,
  urlPath,
  variables,
  word,
  workers,
} from "./config/values.ts";

/** Networks that no stranger can send from. */
const LOCAL_NETWORKS = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** Every setting, by section. config/router.yaml says what each is for. */
const sections = {
  proxy: z.object({
    host: host.prefault("0.0.0.0"),
    port: port.prefault("8080"),
    tlsCert: filePath.optional(),
    tlsKey: filePath.optional(),
    trustedProxies: networks.prefault(LOCAL_NETWORKS),
    allowedEndpoints: hosts.prefault([]),
    allowedVariables: variables.prefault([]),
    connectTimeout: duration({ least: 1 }).prefault("5s"),
    firstByteTimeout: duration({ least: 1 }).prefault("30m"),
    firstTokenTimeout: duration({ least: 1 }).optional(),
    idleTimeout: duration({ least: 1 }).prefault("10m"),
    maxHeadSize: size({ least: "1KiB", most: "1MiB" }).prefault("32KiB"),
    maxHeaders: count({ least: 10, most: 10_000 }).prefault("100"),
    maxUrlLength: size({ least: "256B", most: "1MiB" }).prefault("16KiB"),
    maxConnections: count({ least: 1, most: 1_000_000 }).prefault("50000"),
    maxRequestsPerConnection: count({ least: 1, most: 1_000_000_000 }).prefault("1000000"),
    headTimeout: duration({ least: 1 }).prefault("30s"),
    bodyTimeout: duration({ least: 1 }).prefault("60s"),
    keepAliveTimeout: duration({ least: 1 }).prefault("75s"),
    maxEndpointConnections: count({ least: 1, most: 1_000_000 }).prefault("1024"),
    endpointKeepAliveTimeout: duration({ least: 1 }).prefault("4s"),
    maxQueueLength: count({ least: 0, most: 1_000_000 }).prefault("1024"),
    queueTimeout: duration({ least: 1 }).prefault("10s"),
    healthInterval: duration({ least: 100 }).prefault("5s"),
    bodyPeekLimit: size({ least: "1KiB", most: "64MiB" }).prefault("1MiB"),
    lookupTimeout: duration({ least: 1 }).prefault("2s"),
    replayLimit: size({ least: "0B", most: "1GiB" }).prefault("1MiB"),
    replayTotal: size({ least: "0B", most: "64GiB" }).prefault("256MiB"),
    copyTotal: size({ least: "0B", most: "64GiB" }).prefault("64MiB"),
    shadowLimit: size({ least: "0B", most: "1GiB" }).prefault("1MiB"),
    shadowConcurrency: count({ least: 1, most: 10_000 }).prefault("64"),
    shadowQueue: count({ least: 0, most: 100_000 }).prefault("256"),
    shadowTimeout: duration({ least: 1 }).prefault("5m"),
    feedbackPath: urlPath.optional(),
    feedbackMemory: count({ least: 0, most: 10_000_000 }).prefault("10000"),
    drain: duration({ least: 0 }).prefault("60s"),
  }),
  admin: z.object({
    host: host.optional(),
    port: port.prefault("8081"),
    token: token.optional(),
    tokens: tokens.prefault([]),
    sessionKey: sessionKey.optional(),
    sessionIdle: duration({ least: 1_000 }).prefault("1h"),
    sessionLifetime: duration({ least: 1_000 }).prefault("12h"),
    metrics: oneOf(["anyone", "viewer"]).prefault("anyone"),
    address: word.optional(),
  }),
  oidc: z.object({
    issuer: issuer.optional(),
    clientId: word.optional(),
    clientSecret: word.optional(),
    redirectUrl: callbackUrl.optional(),
    scopes: scopes.prefault("openid email profile"),
    nameClaim: word.prefault("email"),
    groupsClaim: word.prefault("groups"),
    roles: groupRoles.prefault({}),
  }),
  store: z.object({
    redisUrl: redisUrl.optional(),
    redisUser: redisLogin.optional(),
    redisPassword: redisLogin.optional(),
    redisSentinelPassword: redisLogin.optional(),
    redisCaFile: filePath.optional(),
    keyPrefix: keyPrefix.prefault("canary"),
    rulesFile: filePath.prefault("config/rules.yaml"),
    directoryFile: filePath.optional(),
    snapshotFile: filePath.optional(),
    pollInterval: duration({ least: 50 }).prefault("1s"),
  }),
  approval: z.object({
    above: percentage.optional(),
    expires: duration({ least: 1_000 }).prefault("24h"),
  }),
  process: z.object({
    workers: workers.prefault("1"),
  }),
  log: z.object({
    level: oneOf(["info", "warn", "error"]).prefault("info"),
    access: toldRequests.prefault("off"),
  }),
  capture: z.object({
    to: oneOf(["off", "files", "redis"]).prefault("off"),
    folder: filePath.prefault("captured"),
    fileSize: size({ least: "64KiB", most: "4GiB" }).prefault("64MiB"),
    keepDays: count({ least: 1, most: 3_650 }).prefault("30"),
    streamLength: count({ least: 1, most: 100_000_000 }).prefault("10000"),
    queue: count({ least: 1, most: 1_000_000 }).prefault("1000"),
  }),
  tracing: z.object({
    endpoint: httpUrl.optional(),
    sample: percentage.prefault("100%"),
    headers: headerList.optional(),
    serviceName: word.optional(),
  }),
};
const schema = z.object(sections);
type Parsed = z.output<typeof schema>;

/** The settings of the process; all times in milliseconds. */
export interface Settings extends Omit<Parsed, "admin"> {
  readonly admin: Parsed["admin"] & { readonly host: string };
}

export const SETTING_NAMES: readonly SettingName[] = Object.entries(sections).flatMap(([section, { shape }]) =>
  Object.keys(shape).map((name) => settingName(section, name)),
);
const SECRET = new Set([
  "admin.token",
  "admin.tokens",
  "admin.sessionKey",
  "oidc.clientSecret",
  "store.redisPassword",
  "store.redisSentinelPassword",
  "tracing.headers",
]);

export type SettingsResult =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "refused"; readonly errors: readonly string[] };

/** The file, overridden by the environment, overridden by flags. What is empty is not set. All mistakes come at once. */
export function readSettings(from: {
  file: SettingsFile | undefined;
  env: Environment;
  /** By the flag's name without dashes. */
  flags: Environment;
}): SettingsResult {
  const errors: string[] = [];
  const written = [
    ...writtenForOpenTelemetry(from.env, SETTING_NAMES),
    ...(from.file === undefined ? [] : writtenInFile(from.file, SETTING_NAMES, errors)),
    ...writtenInEnvironment(from.env, SETTING_NAMES, errors),
    ...writtenInFlags(from.flags, SETTING_NAMES),
  ].filter(({ value }) => value !== undefined && value !== null && value !== "");

  const chosen: Record<string, Record<string, unknown>> = Object.fromEntries(
    Object.keys(sections).map((section) => [section, {}]),
  );
  for (const { setting, value } of written)
    chosen[setting.section] = { ...chosen[setting.section], [setting.name]: value };

  // Each one is judged, also where another overrides it.
  for (const one of written) errors.push(...mistakesOf(one));
  const parsed = schema.safeParse(chosen);
  if (parsed.success) {
    const { admin } = parsed.data;
    const settings = {
      ...parsed.data,
      admin: { ...admin, host: admin.host ?? (isOpen(parsed.data) ? "127.0.0.1" : "0.0.0.0") },
    };
    errors.push(...contradictions(settings));
    if (errors.length === 0) return { kind: "settings", settings };
  }
  return { kind: "refused", errors };
}

/** Nobody needs a token. */
function isOpen({ admin: { token, tokens }, oidc }: Pick<Parsed, "admin" | "oidc">): boolean {
  return token === undefined && tokens.length === 0 && oidc.issuer === undefined;
}

/** How many the tokens tell apart that may edit. */
function people({ admin: { token, tokens } }: Pick<Parsed, "admin">): number {
  const names = tokens.filter(({ role }) => reaches(role, "editor")).map(({ name }) => name);
  const all = token === undefined ? names : [...names, "admin"];
  return all.filter((name, i) => all.findIndex((one) => samePerson(one, name)) === i).length;
}

function mistakesOf({ setting, value, where }: Written): string[] {
  const alone = schema.partial().safeParse({ [setting.section]: { [setting.name]: value } });
  if (alone.success) return [];
  const shown = SECRET.has(setting.key) ? "(not shown)" : JSON.stringify(value).replace(/.*@/s, "***@");
  return alone.error.issues.map(({ message }) => `${where} is ${shown}: ${message}`);
}

function contradictions(settings: Settings): string[] {
  const { proxy, admin, oidc, capture, store } = settings;
  const found: string[] = [];
  if (proxy.port === admin.port && proxy.port !== 0) {
    found.push(`proxy.port and admin.port are both ${proxy.port}: give each its own`);
  }
  if (capture.to === "redis" && store.redisUrl === undefined) {
    found.push("capture.to is redis, but there is no store.redisUrl: set it, or write files");
  }
  if ((proxy.tlsCert === undefined) !== (proxy.tlsKey === undefined)) {
    const [set, missing] = proxy.tlsKey === undefined ? ["tlsCert", "tlsKey"] : ["tlsKey", "tlsCert"];
    found.push(`proxy.${set} is set without proxy.${missing}: set both for TLS, or neither`);
  }
  const written = oidc.issuer ?? oidc.clientId ?? oidc.redirectUrl ?? oidc.clientSecret;
  const lacking = (["issuer", "clientId", "redirectUrl"] as const).filter((name) => oidc[name] === undefined);
  if (written !== undefined && lacking.length > 0) {
    const names = lacking.map((name) => `oidc.${name}`).join(" and ");
    found.push(`oidc is set without ${names}: people log in only with issuer, clientId and redirectUrl together`);
  }
  if (oidc.issuer !== undefined && Object.keys(oidc.roles).length === 0) {
    found.push("oidc.roles is empty, so that nobody who logs in may do anything: write { GROUP: ROLE }");
  }
  if (settings.approval.above !== undefined && oidc.issuer === undefined && people(settings) < 2) {
    found.push(
      "approval.above is set, but there are no two people with the role editor or above: write at least two of them into " +
        "admin.tokens, or let people log in with oidc",
    );
  }
  if (isOpen(settings) && !isLoopback(admin.host)) {
    found.push(
      `admin.host is ${admin.host}, where others can reach it, but there is no admin.token: ` +
        "set CANARY_ADMIN_TOKEN, or let admin.host be 127.0.0.1",
    );
  }
  return found;
}
