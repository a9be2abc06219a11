import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readRules } from "../../src/rules/read-rules.ts";
import { CHART, fileOf, hasHelm, lint, manifest, podOf, type Rendered, render } from "./chart.ts";
import { schemaLocation, writeSchemas } from "./schemas.ts";

const DIGEST = "0".repeat(64);

const DOCUMENT = readFileSync(join(CHART, "../docs/kubernetes.md"), "utf8");

const OIDC = {
  issuer: "https://id.example.com",
  clientId: "canary-router",
  redirectUrl: "https://admin.example.com/api/session/oidc/callback",
  roles: { "ml-platform": "admin" },
};

/** Everything that can be switched, alone and together. */
const MATRIX: readonly (readonly [name: string, values: object])[] = [
  ["no values", {}],
  [
    "the values of docs/kubernetes.md",
    z.looseObject({}).parse(parse(/```yaml values\n(.*?)```/s.exec(DOCUMENT)?.[1] ?? "")),
  ],
  ["one replica", { replicaCount: 1 }],
  [
    "another name and image",
    { fullnameOverride: "split", image: { repository: "r.example/x", digest: `sha256:${DIGEST}` } },
  ],
  ["a Redis", { redis: { url: "redis://redis:6379", password: "p" } }],
  ["sentinels", { redis: { url: "redis+sentinel://a:26379,b:26379/mymaster", existingSecret: "sentinel" } }],
  ["a cluster with TLS", { redis: { url: "rediss+cluster://a:6379,b:6379", user: "canary", ca: { configMap: "ca" } } }],
  ["the Redis of a secret", { redis: { existingSecret: "redis", ca: { secret: "redis-ca" } } }],
  ["a bundled Redis with a disk", { redis: { bundled: { persistence: { enabled: true, storageClass: "fast" } } } }],
  ["rules of its own", { rules: { initial: "" } }],
  ["rules from the repository", { rules: { apply: "always" } }],
  ["tokens", { auth: { adminToken: "t", tokens: [{ name: "ci", role: "editor", sha256: DIGEST }] } }],
  ["a secret with the token", { auth: { existingSecret: "tokens" } }],
  ["people who log in", { auth: { oidcClientSecret: "s" }, config: { oidc: OIDC } }],
  ["TLS", { tls: { existingSecret: "certificate" } }],
  [
    "ingresses",
    {
      ingress: {
        enabled: true,
        className: "nginx",
        annotations: { a: "b" },
        hosts: [{ host: "m.example" }],
        tls: [{ secretName: "m" }],
      },
      adminIngress: { enabled: true, hosts: [{ host: "admin.example", path: "/canary" }] },
    },
  ],
  [
    "a gateway",
    { httpRoute: { enabled: true, parentRefs: [{ name: "g", namespace: "gateways" }], hostnames: ["m.example"] } },
  ],
  ["autoscaling", { autoscaling: { enabled: true, inFlight: 100 } }],
  [
    "monitoring",
    { metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true }, dashboard: { enabled: true } } },
  ],
  [
    "closed networks",
    { networkPolicy: { adminFrom: [], egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 8000 }] }] } },
  ],
  [
    "no network policy, account or budget",
    { networkPolicy: { enabled: false }, serviceAccount: { create: false }, podDisruptionBudget: { enabled: false } },
  ],
  [
    "what a pod can have",
    {
      imagePullSecrets: [{ name: "pull" }],
      podAnnotations: { a: "b" },
      podLabels: { team: "ml" },
      nodeSelector: { pool: "edge" },
      tolerations: [{ key: "edge", operator: "Exists" }],
      affinity: { nodeAffinity: {} },
      priorityClassName: "high",
      topologySpreadConstraints: [],
      extraEnv: [{ name: "JWT_SECRET", value: "s" }],
      extraEnvFrom: [{ secretRef: { name: "more" } }],
      extraVolumes: [{ name: "ca", secret: { secretName: "ca" } }],
      extraVolumeMounts: [{ name: "ca", mountPath: "/ca" }],
      service: { type: "LoadBalancer", annotations: { a: "b" } },
      adminService: { annotations: { a: "b" } },
    },
  ],
];

const REFUSED: readonly (readonly [name: string, values: object, message: string])[] = [
  ["a value that does not exist", { replicas: 2 }, "additional properties 'replicas' not allowed"],
  [
    "a setting that does not exist",
    { config: { proxy: { drian: "1m" } } },
    "additional properties 'drian' not allowed",
  ],
  ["a drain without its unit", { config: { proxy: { drain: "60" } } }, "/config/proxy/drain"],
  ["no replica", { replicaCount: 0 }, "/replicaCount"],
  ["a Redis that is none", { redis: { url: "redis:6379" } }, "/redis/url"],
  ["an ingress without a host", { ingress: { enabled: true } }, "/ingress/hosts"],
  ["a route without a gateway", { httpRoute: { enabled: true } }, "/httpRoute/parentRefs"],
  ["autoscaling by nothing", { autoscaling: { enabled: true, cpu: 0 } }, "/autoscaling"],
  [
    "a token that is no digest",
    { auth: { tokens: [{ name: "ci", role: "editor", sha256: "secret" }] } },
    "/auth/tokens/0/sha256",
  ],
];

describe.skipIf(!hasHelm && process.env["CI"] === undefined)("the chart", () => {
  let schemas: string;
  beforeAll(() => {
    schemas = writeSchemas();
  }, 120_000);
  afterAll(() => rmSync(schemas, { recursive: true, force: true }));

  const kubeconform = ({ text }: Pick<Rendered, "text">) =>
    spawnSync("kubeconform", ["-strict", "-summary", "-schema-location", schemaLocation(schemas)], {
      input: text,
      encoding: "utf8",
    });

  it.each(MATRIX)("with %s is right for Helm and for Kubernetes", (_, values) => {
    expect(lint(values)).toMatchObject({ code: 0 });
    for (const upgrade of [false, true]) {
      const rendered = render(values, { upgrade });
      expect(rendered.manifests.length).toBeGreaterThan(5);
      const { stdout, status } = kubeconform(rendered);
      expect(stdout).toMatch(/Invalid: 0, Errors: 0, Skipped: 0/);
      expect(status).toBe(0);
    }
  });

  it("would be found out if it wrote what Kubernetes does not know", () => {
    const { text } = render();
    expect(kubeconform({ text: text.replace("minReadySeconds: 5", "minReadySecond: 5") }).stdout).toContain(
      "minReadySecond",
    );
    expect(kubeconform({ text: text.replace("kind: Deployment", "kind: Deploymint") }).status).toBe(1);
  });

  it.each(REFUSED)("refuses %s and says where", (_, values, message) => {
    expect(() => render(values)).toThrow(message);
  });

  it("gives every container a memory limit, and no right that it does not need", () => {
    const rendered = render();
    const workloads = rendered.manifests.filter(({ kind }) =>
      ["Deployment", "StatefulSet", "Job", "Pod"].includes(kind),
    );
    expect(workloads.map(({ kind }) => kind).sort()).toEqual(["Deployment", "Job", "Pod", "StatefulSet"]);
    for (const workload of workloads) {
      const pod = podOf(workload);
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        if (workload.kind !== "Pod") expect(resources).toMatchObject({ limits: { memory: expect.any(String) } });
      }
    }
  });

  it.each([
    ["90s", 115],
    ["1.5m", 115],
    ["500ms", 26],
    ["2h", 7225],
  ])("waits longer than a drain of %s before it kills", (drain, seconds) => {
    const { terminationGracePeriodSeconds } = podOf(manifest(render({ config: { proxy: { drain } } }), "Deployment"));
    expect(terminationGracePeriodSeconds).toBe(seconds);
  });

  it("writes its first rules at the installation and never at an upgrade, unless they are to come from it", () => {
    const jobs = (values: object, upgrade: boolean) =>
      render(values, { upgrade }).manifests.filter(({ kind }) => kind === "Job").length;
    expect([jobs({}, false), jobs({}, true)]).toEqual([1, 0]);
    const always = { rules: { apply: "always" } };
    expect([jobs(always, false), jobs(always, true)]).toEqual([1, 1]);
  });

  it("makes another job of whatever changes, because a job cannot be changed", () => {
    const name = (values: object) => manifest(render(values), "Job").metadata.name;
    const always = { rules: { apply: "always" } };
    expect(name(always)).toBe(name(always));
    expect(name({ ...always, image: { tag: "next" } })).not.toBe(name(always));
  });

  it("does not restart Redis because the chart has another version", () => {
    const template = JSON.stringify(manifest(render(), "StatefulSet")["spec"]);
    expect(template).not.toContain(
      z.object({ version: z.string() }).parse(parse(readFileSync(join(CHART, "Chart.yaml"), "utf8"))).version,
    );
  });

  it("has no password in what is not a secret", () => {
    const SECRET = "hunter2-hunter2";
    const { manifests } = render({
      auth: { adminToken: SECRET, oidcClientSecret: SECRET },
      redis: { url: "redis://r:6379", password: SECRET },
    });
    expect(JSON.stringify(manifests.filter(({ kind }) => kind !== "Secret"))).not.toContain(SECRET);
  });

  it("brings the alerts and the dashboard along as they are for everybody", () => {
    const read = (path: string) => readFileSync(join(CHART, path), "utf8");
    const metrics = { prometheusRule: { enabled: true }, dashboard: { enabled: true } };
    const rendered = render({ metrics });
    expect(manifest(rendered, "PrometheusRule")["spec"]).toEqual(parse(read("alerts/canary-router.yaml")));
    const dashboard = fileOf(rendered, "models-canary-router-dashboard", "canary-router.json");
    expect(JSON.parse(dashboard)).toEqual(JSON.parse(read("dashboards/canary-router.json")));
  });

  it("brings rules along that the router takes", () => {
    const rendered = render();
    expect(readRules(fileOf(rendered, manifest(rendered, "Job").metadata.name, "rules.yaml"))).toMatchObject({
      kind: "rules",
    });
  });
});
