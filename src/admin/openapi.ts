import { z } from "zod";
import { SESSION } from "./access/sessions.ts";
import type { Endpoint, Refusals } from "./endpoint.ts";
import { Failure } from "./shapes/failure.ts";

/** The description of the API, made of the very schemas that it validates with. */
export function openApi(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    const operations = paths[endpoint.path] ?? {};
    operations[endpoint.method] = operation(endpoint);
    paths[endpoint.path] = operations;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "canary-router",
      version,
      description:
        "Every error has a stable `code`. Roles, each of which may do what those before it may: viewer, editor, operator, admin.",
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: SESSION.name, description: "`__Host-` before it over TLS" },
      },
    },
  };
}

/** How any request to this endpoint may be refused. */
function commonRefusals({ method, needs, body, costly }: Endpoint): Readonly<Record<number, Refusals>> {
  const origin = method === "get" ? [] : ["wrong_origin"];
  const role = needs === "viewer" || needs === "anyone" ? [] : ["forbidden"];
  return {
    400: { codes: ["bad_request", ...(body.type === undefined ? [] : ["not_utf8"]), ...json(body.type, "bad_json")] },
    401: { codes: ["unauthorized"] },
    403: { codes: ["wrong_host", ...origin, ...role] },
    429: { codes: ["too_many_failures", ...(costly === true ? ["busy"] : [])] },
    ...(body.type === undefined ? {} : { 413: { codes: ["body_too_large"] }, 415: { codes: ["bad_encoding"] } }),
  };
}

function json(type: string | undefined, code: string): string[] {
  return type === "application/json" ? [code] : [];
}

function operation(endpoint: Endpoint): object {
  const { body, answers, about, needs } = endpoint;
  const said = Object.entries(answers).map(([status, { about: description, type, schema }]) => [
    status,
    { description, content: { [type]: { schema: jsonSchema(schema, "output") } } },
  ]);
  return {
    summary: about,
    ...(needs === "anyone" ? { security: [] } : { description: `Needs the role ${needs}.` }),
    "x-needs-role": needs,
    parameters: [
      ...parameters(endpoint.params, "path"),
      ...parameters(endpoint.query, "query"),
      ...Object.entries(endpoint.headers ?? {}).map(([name, description]) => ({
        name,
        in: "header",
        description,
        schema: { type: "string" },
      })),
    ],
    ...(body.type === undefined
      ? {}
      : { requestBody: { required: true, content: { [body.type]: { schema: jsonSchema(body.schema, "input") } } } }),
    responses: { ...Object.fromEntries(said), ...refusals(endpoint) },
  };
}

function refusals(endpoint: Endpoint): object {
  const all = [commonRefusals(endpoint), endpoint.refusals ?? {}].flatMap((of) => Object.entries(of));
  const statuses = [...new Set(all.map(([status]) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const found = all.flatMap(([of, refusal]) => (of === status ? [refusal] : []));
      const codes = found.flatMap((refusal) => refusal.codes);
      const more = found.reduce<z.ZodObject>((schema, refusal) => schema.extend(refusal.more?.shape ?? {}), Failure);
      const schema = more.extend({ error: z.object({ code: z.enum(codes), message: z.string() }) });
      const content = { "application/json": { schema: jsonSchema(schema, "output") } };
      return [status, { description: codes.join(", "), content }];
    }),
  );
}

const ObjectSchema = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
});

function parameters(schema: z.ZodType, place: "path" | "query"): object[] {
  const { properties, required } = ObjectSchema.parse(jsonSchema(schema, "input"));
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: own,
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return own;
}
