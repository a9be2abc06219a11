import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";

export const CHART = resolve(import.meta.dirname, "../../helm");

/** Helm and kubeconform are built by `.ci/run`; who has neither is told, and tests without them. */
export const hasHelm = ["go", "helm", "kubeconform"].every((tool) => spawnSync("which", [tool]).status === 0);
if (!hasHelm)
  console.warn("SKIPPED: the chart's tests want go, helm and kubeconform on the PATH; .ci/run installs the two");

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});
export type Manifest = z.output<typeof Manifest>;

export interface Rendered {
  readonly text: string;
  readonly manifests: readonly Manifest[];
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** `helm ARGS` for the chart and the values; `input` goes to stdin. */
function helm(command: readonly string[], values: object): Ran {
  const folder = mkdtempSync(join(tmpdir(), "canary-helm-"));
  try {
    const file = join(folder, "values.yaml");
    writeFileSync(file, stringify(values));
    const kubernetes = ["--kube-version", "1.34.0", "--values", file];
    const { status, stdout, stderr } = spawnSync("helm", [...command, CHART, ...kubernetes], { encoding: "utf8" });
    return { code: status, output: status === 0 ? stdout : stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function lint(values: object): Ran {
  return helm(["lint", "--strict"], values);
}

/** Throws when the chart refuses the values. `upgrade`: as an upgrade of the release, else as its installation. */
export function render(values: object = {}, { upgrade = false } = {}): Rendered {
  const { code, output } = helm(["template", ...(upgrade ? ["--is-upgrade"] : []), "models"], values);
  if (code !== 0) throw new Error(output);
  const manifests = parseAllDocuments(output)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
  return { text: output, manifests: z.array(Manifest).parse(manifests) };
}

/** The one manifest of that kind, and of that name where there are several. Throws when there is none. */
export function manifest({ manifests }: Rendered, kind: string, name?: string): Manifest {
  const [found, ...more] = manifests.filter(
    (one) => one.kind === kind && (name ?? one.metadata.name) === one.metadata.name,
  );
  if (found === undefined || more.length > 0) throw new Error(`${more.length} more than one ${kind} ${name ?? ""}`);
  return found;
}

const EnvVar = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({ secretKeyRef: z.object({ name: z.string(), key: z.string(), optional: z.boolean().default(false) }) })
    .optional(),
});
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(EnvVar).default([]),
  resources: z.unknown().optional(),
  securityContext: z.unknown().optional(),
});
export type Container = z.output<typeof Container>;
const PodSpec = z.looseObject({
  terminationGracePeriodSeconds: z.number().optional(),
  automountServiceAccountToken: z.unknown().optional(),
  securityContext: z.unknown().optional(),
  containers: z.array(Container),
});
const WithTemplate = z.object({ spec: z.object({ template: z.object({ spec: PodSpec }) }) });

/** The pod that a Deployment, a StatefulSet, a Job or a Pod is about. */
export function podOf(one: Manifest): z.output<typeof PodSpec> {
  return one.kind === "Pod" ? PodSpec.parse(one["spec"]) : WithTemplate.parse(one).spec.template.spec;
}

const Data = z.record(z.string(), z.string());

/** What the kubelet would put into the container's environment, with the rendered secrets and these others. */
export function environmentOf(
  { env }: Container,
  rendered: Rendered,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const from = valueFrom?.secretKeyRef;
    const found = value ?? (from && secretOf(rendered, secrets, from.name)[from.key]);
    if (found !== undefined) values[name] = found;
    else if (from?.optional !== true) throw new Error(`${name} wants ${JSON.stringify(from)}, which is not there`);
  }
  return values;
}

function secretOf(
  rendered: Rendered,
  others: Readonly<Record<string, Readonly<Record<string, string>>>>,
  name: string,
): Readonly<Record<string, string>> {
  const own = rendered.manifests.find((one) => one.kind === "Secret" && one.metadata.name === name);
  const data = Object.entries(Data.parse(own?.["data"] ?? {}));
  return others[name] ?? Object.fromEntries(data.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}

/** A file of a ConfigMap. */
export function fileOf(rendered: Rendered, configMap: string, file: string): string {
  const text = Data.parse(manifest(rendered, "ConfigMap", configMap)["data"])[file];
  if (text === undefined) throw new Error(`${configMap} has no ${file}`);
  return text;
}
