import { z } from "zod";
import { documentSchema } from "./document.ts";
import { formOf } from "./schema.ts";

/**
 * The grammar as a JSON Schema (draft 2020-12), by which editors complete, explain and underline. It refuses less than
 * `readRules` does.
 */
export function rulesJsonSchema(): object {
  const schema = schemaOf(documentSchema.schema);
  settle(schema);
  return { ...schema, title: "The rules of canary-router" };
}

type Json = Record<string, unknown>;

function schemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const form = formOf(zodSchema)?.as;
      if (form !== undefined) {
        const { $schema: _, ...as } = schemaOf(form);
        const { description } = jsonSchema;
        for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
        Object.assign(jsonSchema, description === undefined ? as : { description, ...as });
      }
      if (zodSchema instanceof z.ZodObject) Object.assign(jsonSchema, requiredOf(zodSchema, jsonSchema.required));
    },
  });
}

function requiredOf({ shape }: z.ZodObject, required: readonly string[] = []): Json {
  const all = Object.entries(shape).flatMap(([key, value]) => {
    return required.includes(key) || formOf(value)?.required ? [key] : [];
  });
  return all.length === 0 ? {} : { required: all };
}

/**
 * Every scalar is read as the text that it is written as, so numbers and booleans may stand for texts, unless the schema
 * says `only`.
 */
function settle(schema: unknown): void {
  if (!isMap(schema)) return;
  const { only } = schema;
  delete schema["only"];
  if (only !== undefined) schema["type"] = only;
  else if (schema["type"] === "string") schema["type"] = ["string", "number", "boolean"];
  if (isMap(schema["properties"])) for (const property of Object.values(schema["properties"])) settle(property);
  if (Array.isArray(schema["anyOf"])) for (const one of schema["anyOf"]) settle(one);
  settle(schema["items"]);
  settle(schema["additionalProperties"]);
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
