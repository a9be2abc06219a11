import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** Where the schemas of what the chart writes are published: as Go modules, which .ci/run fetches. */
const KUBERNETES = "k8s.io/kubernetes@v1.34.0";
const OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.85.0";
const CUSTOM = [
  { module: "sigs.k8s.io/gateway-api@v1.6.3", file: "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml" },
  { module: OPERATOR, file: "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" },
  { module: OPERATOR, file: "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml" },
];

type Json = z.output<ReturnType<typeof z.json>>;
type Schema = Readonly<Record<string, Json>>;
const Schema = z.record(z.string(), z.json());
const Kind = z.object({ group: z.string(), version: z.string(), kind: z.string() });
const OfKinds = z.looseObject({ "x-kubernetes-group-version-kind": z.array(Kind).default([]) });
const Swagger = z.object({ definitions: z.record(z.string(), Schema) });
const Downloaded = z.object({ Dir: z.string() });
const CustomResource = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), schema: z.object({ openAPIV3Schema: Schema }) })),
  }),
});

/** What kubeconform is to look for, in a folder that `writeSchemas` has made. */
export function schemaLocation(folder: string): string {
  return join(folder, "{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json");
}

/** A new folder with one strict JSON schema for each kind of Kubernetes and each custom one that the chart can write. */
export function writeSchemas(): string {
  const folder = mkdtempSync(join(tmpdir(), "canary-schemas-"));
  // kubeconform takes what stands before the slash for the group, and there is none in `v1`.
  const write = ({ group, version, kind }: z.output<typeof Kind>, schema: object) =>
    writeFileSync(join(folder, `${kind.toLowerCase()}_${group || version}_${version}.json`), JSON.stringify(schema));

  const swagger = readFileSync(join(folderOf(KUBERNETES), "api/openapi-spec/swagger.json"), "utf8");
  const { definitions } = Swagger.parse(JSON.parse(swagger));
  for (const [name, schema] of Object.entries(definitions)) {
    const kinds = OfKinds.parse(schema)["x-kubernetes-group-version-kind"];
    if (kinds.length !== 1) continue; // not a resource, but what all of them have
    const needed = Object.fromEntries(
      [...reached(name, definitions)].map((one) => [one, strict(definitions[one] ?? {})]),
    );
    for (const kind of kinds) write(kind, { $ref: `#/definitions/${name}`, definitions: needed });
  }
  for (const { module, file } of CUSTOM) {
    const { spec } = CustomResource.parse(parse(readFileSync(join(folderOf(module), file), "utf8")));
    for (const { name, schema } of spec.versions) {
      write({ group: spec.group, version: name, kind: spec.names.kind }, strict(schema.openAPIV3Schema));
    }
  }
  return folder;
}

/** Any version of a module is downloaded once and stays in Go's cache. */
function folderOf(module: string): string {
  const answer = execFileSync("go", ["mod", "download", "-json", module], { cwd: tmpdir(), encoding: "utf8" });
  return Downloaded.parse(JSON.parse(answer)).Dir;
}

/** The definition and all that it refers to. */
function reached(name: string, definitions: Readonly<Record<string, Schema>>): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found) {
    for (const [, other] of JSON.stringify(definitions[one]).matchAll(/"#\/definitions\/([^"]+)"/g))
      found.add(other ?? "");
  }
  return found;
}

/** The same schema, which takes no property that it does not name; as a server with `fieldValidation=Strict` would. */
function strict(schema: Schema): Schema {
  if (schema["format"] === "int-or-string" || schema["x-kubernetes-int-or-string"] === true) {
    return { anyOf: [{ type: "integer" }, { type: "string" }] };
  }
  const { properties, items, additionalProperties, ...rest } = schema;
  const own = Schema.safeParse(properties);
  const closed =
    own.success && additionalProperties === undefined && rest["x-kubernetes-preserve-unknown-fields"] !== true;
  return {
    ...rest,
    ...(own.success
      ? { properties: Object.fromEntries(Object.entries(own.data).map(([name, one]) => [name, inner(one)])) }
      : {}),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inner(additionalProperties) }),
    ...(closed ? { additionalProperties: false } : {}),
  };
}

function inner(value: Json): Json {
  const schema = Schema.safeParse(value);
  return schema.success ? strict(schema.data) : value;
}
