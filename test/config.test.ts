import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { readSettings, SETTING_NAMES } from "../src/config.ts";
import { EXPRESS_DEFAULTS } from "../src/proxy/express/express-settings.ts";

function read(text: string | undefined, env: Record<string, string> = {}, flags: Record<string, string> = {}) {
  return readSettings({ file: text === undefined ? undefined : { path: "router.yaml", text }, env, flags });
}

function settings(...from: Parameters<typeof read>) {
  const result = read(...from);
  if (result.kind === "refused") throw new Error(result.errors.join("\n"));
  return result.settings;
}

function errors(...from: Parameters<typeof read>): readonly string[] {
  const result = read(...from);
  return result.kind === "refused" ? result.errors : [];
}

describe("settings", () => {
  it("need nothing", () => {
    expect(settings(undefined)).toMatchObject({
      proxy: { host: "0.0.0.0", port: 8080, connectTimeout: 5_000, firstByteTimeout: 1_800_000, drain: 60_000 },
      admin: { host: "127.0.0.1", port: 8081 },
      store: { keyPrefix: "canary", rulesFile: "config/rules.yaml", pollInterval: 1_000 },
      log: { level: "info" },
    });
  });

  it("are those of the express lane where nothing is said", () => {
    const { holdLimit: _, shadowLateness: __, ...defaults } = EXPRESS_DEFAULTS;
    expect(settings(undefined).proxy).toMatchObject(defaults);
  });

  it("bound what clients may do", () => {
    const env = {
      CANARY_PROXY_MAX_HEAD_SIZE: "64KiB",
      CANARY_PROXY_MAX_URL_LENGTH: "8KB",
      CANARY_PROXY_MAX_HEADERS: "50",
      CANARY_PROXY_MAX_QUEUE_LENGTH: "0",
    };
    expect(settings("proxy: { keepAliveTimeout: 2m }", env, { "proxy-max-connections": "7" }).proxy).toMatchObject({
      maxHeadSize: 65_536,
      maxUrlLength: 8_000,
      maxHeaders: 50,
      maxQueueLength: 0,
      keepAliveTimeout: 120_000,
      maxConnections: 7,
    });
  });

  it("are shown in config/router.yaml with the values that hold without it", () => {
    const shipped = readFileSync("config/router.yaml", "utf8");
    const names = SETTING_NAMES.map(({ name }) => name).join("|");
    const uncommented = shipped.replace(new RegExp(`^ {2}# (?=(${names}):)`, "gm"), "  ");
    for (const { name } of SETTING_NAMES) expect(uncommented).toMatch(new RegExp(`^  ${name}:`, "m"));
    expect(settings(uncommented)).toEqual(settings(undefined));
    expect(settings(shipped)).toEqual(settings(undefined));
  });

  it("come from the file, overridden by the environment, overridden by flags", () => {
    const file = "proxy:\n  port: 1\n  drain: 1s\n  idleTimeout: 1s\n";
    const got = settings(
      file,
      { CANARY_PROXY_PORT: "2", CANARY_PROXY_DRAIN: "2s", UNRELATED: "x" },
      { "proxy-port": "3" },
    );
    expect(got.proxy).toMatchObject({ port: 3, drain: 2_000, idleTimeout: 1_000 });
  });

  it("take the collector's place from OpenTelemetry's variables where nothing of ours is set", () => {
    const endpoint = (env: Record<string, string>, file?: string) => settings(file, env).tracing.endpoint;
    const all = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
    const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces:4318/otlp" };
    expect(endpoint({})).toBeUndefined();
    expect(endpoint(all)).toBe("http://collector:4318/v1/traces");
    expect(endpoint({ ...all, ...traces })).toBe("http://traces:4318/otlp");
    expect(endpoint(all, "tracing: { endpoint: http://own:4318/v1/traces }")).toBe("http://own:4318/v1/traces");
    expect(endpoint({ ...all, OTEL_SDK_DISABLED: "true" })).toBeUndefined();
    expect(endpoint({ ...all, OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
    expect(errors(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: "collector" })).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT is "collector\/v1\/traces": write a URL/),
    ]);
  });

  it("read the headers for a collector as OpenTelemetry writes them, and never show them", () => {
    const env = { CANARY_TRACING_HEADERS: "api-key=a%2Cb, authorization=Bearer x", CANARY_TRACING_SAMPLE: "2.5%" };
    expect(settings(undefined, env).tracing).toMatchObject({
      headers: { "api-key": "a,b", authorization: "Bearer x" },
      sample: 0.025,
    });
    const [mistake] = errors(undefined, { CANARY_TRACING_HEADERS: "secret" });
    expect(mistake).toMatch(/^CANARY_TRACING_HEADERS is \(not shown\): write name=value/);
  });

  it("count workers, or take as many as there are cores", () => {
    const workers = (text = "") => settings(undefined, { CANARY_WORKERS: text }).process.workers;
    expect([workers(), workers("4"), workers("auto")]).toEqual([1, 4, availableParallelism()]);
    expect(settings("process:\n  workers: 2\n", {}, { workers: "3" }).process.workers).toBe(3);
    for (const wrong of ["0", "257", "all", "-1"]) {
      expect(errors(undefined, { CANARY_WORKERS: wrong })).toEqual([
        `CANARY_WORKERS is "${wrong}": write auto, or a number from 1 to 256`,
      ]);
    }
  });

  it("have the promised names in the environment", () => {
    const env = {
      CANARY_PROXY_PORT: "1",
      CANARY_ADMIN_PORT: "2",
      CANARY_REDIS_URL: "redis://r:6379",
      CANARY_RULES_FILE: "/r",
      CANARY_SNAPSHOT_FILE: "/s",
      CANARY_ADMIN_TOKEN: "t",
    };
    expect(settings(undefined, env)).toMatchObject({
      proxy: { port: 1 },
      admin: { port: 2, token: "t" },
      store: { redisUrl: "redis://r:6379", rulesFile: "/r", snapshotFile: "/s" },
    });
  });

  it("treat what is empty as not set", () => {
    expect(settings("admin:\n  token:\nstore:\n", { CANARY_REDIS_URL: "" })).toEqual(settings(undefined));
  });

  it.each([
    ["500ms", 500],
    ["1.5s", 1_500],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
  ])("understand the time %s", (text, ms) => {
    expect(settings(`proxy: { idleTimeout: ${text} }`).proxy.idleTimeout).toBe(ms);
  });

  it("take tokens as a list, or as that list in JSON", () => {
    const digest = "ab".repeat(32);
    const ci = { name: "ci", role: "editor", sha256: digest };
    const expected = { host: "0.0.0.0", tokens: [ci] };
    expect(settings(`admin: { tokens: [{ name: ci, role: editor, sha256: ${digest} }] }`).admin).toMatchObject(
      expected,
    );
    expect(settings(undefined, { CANARY_ADMIN_TOKENS: JSON.stringify([ci]) }).admin).toMatchObject(expected);
    for (const [list, why] of [
      [[{ ...ci, role: "king" }], /0\.role: role is one of viewer, editor, operator, admin/],
      [[{ ...ci, sha256: "secret" }], /0\.sha256: sha256 has 64 hex digits/],
      [[{ ...ci, sahre: 1 }], /sahre/],
      [[ci, ci], /the name ci is there twice/],
      ["{", /write a list such as/],
    ] as const) {
      const told = errors(undefined, { CANARY_ADMIN_TOKENS: typeof list === "string" ? list : JSON.stringify(list) });
      expect(told).toEqual([expect.stringMatching(why)]);
      expect(told[0]).toMatch(/^CANARY_ADMIN_TOKENS is \(not shown\): /);
    }
  });

  it("take approval.above where two people can be told apart, and refuse it where nobody could approve", () => {
    const [sha256, wanted] = ["ab".repeat(32), { CANARY_APPROVAL_ABOVE: "12.5%" }];
    const tokens = (...all: [string, string][]) => ({
      CANARY_ADMIN_TOKENS: JSON.stringify(all.map(([name, role]) => ({ name, role, sha256 }))),
    });
    const two = settings(undefined, { ...wanted, ...tokens(["ann", "editor"], ["bob", "admin"]) });
    expect(two.approval).toEqual({ above: 0.125, expires: 86_400_000 });
    for (const one of [
      {},
      { CANARY_ADMIN_TOKEN: "root" },
      { CANARY_ADMIN_TOKEN: "root", ...tokens(["Admin", "editor"]) },
      tokens(["ann", "editor"], ["ANN", "admin"]),
      tokens(["ann", "editor"], ["bob", "viewer"]),
    ]) {
      expect(errors(undefined, { ...wanted, ...one })).toEqual([expect.stringMatching(/^approval\.above is set, but/)]);
    }
    for (const wrong of ["25", "101%", "-1%", "a lot"]) {
      expect(errors(undefined, { CANARY_APPROVAL_ABOVE: wrong })).toEqual([
        expect.stringMatching(/^CANARY_APPROVAL_ABOVE is .*: write a percentage/),
      ]);
    }
  });

  it("take roles by groups, and refuse a provider that nobody could log in at", () => {
    const told = errors("oidc: { issuer: 'http://login.example', clientId: c, roles: { ml: king } }");
    expect(told).toEqual([
      expect.stringMatching(/oidc\.issuer is "http:\/\/login\.example": write an https URL/),
      expect.stringMatching(/oidc\.roles .* write a map such as/),
    ]);
    const lacking = errors(undefined, { CANARY_OIDC_ISSUER: "https://login.example", CANARY_OIDC_CLIENT_SECRET: "s" });
    expect(lacking).toEqual([
      expect.stringMatching(/^oidc is set without oidc\.clientId and oidc\.redirectUrl/),
      expect.stringMatching(/^oidc\.roles is empty/),
    ]);
    const whole = settings(undefined, {
      CANARY_OIDC_ISSUER: "https://login.example",
      CANARY_OIDC_CLIENT_ID: "c",
      CANARY_OIDC_REDIRECT_URL: "https://canary.example/api/session/oidc/callback",
      CANARY_OIDC_ROLES: '{"ml": "admin"}',
    });
    expect(whole).toMatchObject({ admin: { host: "0.0.0.0" }, oidc: { roles: { ml: "admin" } } });
  });

  it("take networks as a list or with commas, and none", () => {
    expect(settings("proxy: { trustedProxies: [10.0.0.1, fd00::/8] }").proxy.trustedProxies).toEqual([
      "10.0.0.1",
      "fd00::/8",
    ]);
    expect(settings(undefined, { CANARY_PROXY_TRUSTED_PROXIES: "10.0.0.0/8, ::1" }).proxy.trustedProxies).toEqual([
      "10.0.0.0/8",
      "::1",
    ]);
    expect(settings(undefined, { CANARY_PROXY_TRUSTED_PROXIES: "none" }).proxy.trustedProxies).toEqual([]);
  });
});

describe("mistakes in settings", () => {
  it("are all reported in one go, each with its place, value and repair", () => {
    const file = "proxy:\n  port: 99999\n  idleTimeout: 5\nstore:\n  keyPrefix: a{b\nlog: { level: debug }\n";
    const found = errors(
      file,
      { CANARY_REDIS_URL: "localhost:6379", CANARY_ADMIN_PORT: "x" },
      { "proxy-drain": "-1s" },
    );
    expect(found).toEqual([
      "router.yaml:2: proxy.port is 99999: write a port from 1 to 65535, or 0 to let the system choose one",
      "router.yaml:3: proxy.idleTimeout is 5: write a time with its unit, such as 500ms, 5s or 30m",
      'router.yaml:5: store.keyPrefix is "a{b": write 1 to 100 characters out of letters, digits and _ . : -',
      'router.yaml:6: log.level is "debug": write one of info, warn, error',
      'CANARY_REDIS_URL is "localhost:6379": write redis://host:6379, rediss://user:password@host:6379, redis+sentinel://a:26379,b:26379/mymaster or redis+cluster://a:6379,b:6379, with special characters percent-encoded',
      'CANARY_ADMIN_PORT is "x": write a port from 1 to 65535, or 0 to let the system choose one',
      '--proxy-drain is "-1s": write a time with its unit, such as 500ms, 5s or 30m',
    ]);
  });

  it("are found also where another source overrides them", () => {
    expect(errors("proxy: { port: x }", { CANARY_PROXY_PORT: "80" })).toHaveLength(1);
  });

  it.each([
    ["proxy:\n  prot: 80\n", "router.yaml:2: proxy.prot is not a setting; did you mean proxy.port?"],
    ["prxy: {}\n", "router.yaml:1: prxy is not a section; did you mean proxy?"],
    ["proxy: 5\n", "router.yaml:1: proxy is a section: write its settings below it, indented"],
    ["[]", 'router.yaml: write sections such as "proxy:", with settings below them'],
    ["proxy: { port: [80] }", "router.yaml:1: proxy.port is [80]: write one value"],
    [
      "proxy: { maxHeadSize: 64 }",
      "router.yaml:1: proxy.maxHeadSize is 64: write a size with its unit, such as 1KiB or 1MiB",
    ],
    ["proxy: { maxHeadSize: 5MB }", 'router.yaml:1: proxy.maxHeadSize is "5MB": write a size from 1KiB to 1MiB'],
    ["proxy: { maxHeaders: many }", 'router.yaml:1: proxy.maxHeaders is "many": write a number from 10 to 10000'],
    ["proxy: { maxConnections: 0 }", "router.yaml:1: proxy.maxConnections is 0: write a number from 1 to 1000000"],
    [
      "proxy: { allowedVariables: [MODEL_*, $KEY] }",
      'router.yaml:1: proxy.allowedVariables is ["MODEL_*","$KEY"]: "$KEY" is no name of an environment variable, such as MODEL_KEY or MODEL_*',
    ],
    ["a: b: c", "router.yaml:1: Nested mappings are not allowed in compact mappings"],
  ])("name what is wrong in %j", (text, message) => {
    expect(errors(text)).toEqual([message]);
  });

  it.each([
    [{ CANARY_PROXY_TLS_CERT: "a.crt" }, "proxy.tlsCert is set without proxy.tlsKey: set both for TLS, or neither"],
    [{ CANARY_PROXY_TLS_KEY: "a.key" }, "proxy.tlsKey is set without proxy.tlsCert: set both for TLS, or neither"],
  ])("name what does not go together: %j", (env, message) => {
    expect(errors(undefined, env)).toEqual([message]);
  });

  it("name unknown variables of ours", () => {
    expect(errors(undefined, { CANARY_PROXY_PROT: "1" })).toEqual([
      "CANARY_PROXY_PROT is not a setting; did you mean CANARY_PROXY_PORT?",
    ]);
  });

  it("do not include what Kubernetes sets for a Service called canary-router", () => {
    const links = {
      CANARY_ROUTER_SERVICE_HOST: "10.0.0.1",
      CANARY_ROUTER_SERVICE_PORT_ADMIN: "8081",
      CANARY_ROUTER_PORT: "tcp://10.0.0.1:8080",
      CANARY_ROUTER_PORT_8080_TCP_ADDR: "10.0.0.1",
    };
    expect(errors(undefined, links)).toEqual([]);
  });

  it("include an admin port that strangers reach without a token", () => {
    expect(errors("admin: { host: 0.0.0.0 }")[0]).toMatch(/^admin\.host is 0\.0\.0\.0, .* set CANARY_ADMIN_TOKEN/);
    expect(errors("admin: { host: '::1' }")).toEqual([]);
    expect(settings("admin: { token: t0ken }").admin.host).toBe("0.0.0.0");
  });

  it("include two listeners on one port", () => {
    expect(errors("proxy: { port: 8081 }")).toEqual(["proxy.port and admin.port are both 8081: give each its own"]);
    expect(errors("{ proxy: { port: 0 }, admin: { port: 0 } }")).toEqual([]);
  });

  it("never show a secret", () => {
    const found = errors(undefined, { CANARY_ADMIN_TOKEN: "s3 cret", CANARY_REDIS_URL: "redis://:s3 cret@host" });
    expect(found).toHaveLength(2);
    expect(found.join("\n")).not.toContain("cret");
  });
});
