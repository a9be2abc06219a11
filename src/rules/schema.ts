import { z } from "zod";
import { shown } from "./rule-error.ts";

/** What becomes of one scalar's text. */
export type Read<T> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "wrong"; readonly message: string };

/** A map of the document: what its keys hold. */
export interface MapSchema<Shape extends z.ZodRawShape> {
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  readonly repair: string;
}

/** The repair completes the sentence "X cannot stand here: …". */
export function mapOf<Shape extends z.ZodRawShape>(repair: string, shape: Shape): MapSchema<Shape> {
  return { schema: z.strictObject(shape, { error: repair }), repair };
}

/** What editors are told about a value, where that is more than what its schema says. */
interface Form {
  /** What it looks like. */
  readonly as: z.ZodType;
  readonly required: boolean;
}

const forms = new WeakMap<z.core.$ZodType, Form>();

/** The form that was given to a schema, also before it got a description. */
export function formOf(schema: z.core.$ZodType): Form | undefined {
  return forms.get(schema) ?? (schema._zod.parent && forms.get(schema._zod.parent));
}

/** What is read by itself, with more to say than a schema can; the map around it only knows the key. */
export function apart(description: string, as: z.ZodType, required = false): z.ZodType<unknown> {
  const schema = z.unknown().optional().describe(description);
  forms.set(schema, { as, required });
  return schema;
}

/** The same for what may not be missing, which the one who reads it complains about. */
export function neededApart(description: string, as: z.ZodType): z.ZodType<unknown> {
  return apart(description, as, true);
}

/** Any keys, with values of one kind. */
export function mapTo(value: z.ZodType): z.ZodType {
  return z.record(z.string(), value);
}

/** One scalar. */
export function text<T>(repair: string, read: (text: string) => Read<T>): z.ZodType<T> {
  return z.string({ error: repair }).transform((written, context) => {
    const result = read(written);
    if (result.kind === "ok") return result.value;
    context.addIssue({ code: "custom", message: result.message });
    return z.NEVER;
  });
}

/** A scalar, or a list of them: any of. Never empty. */
export function oneOrMany<T>(repair: string, item: z.ZodType<T>): z.ZodType<readonly T[]> {
  const many = z.array(item, { error: repair }).min(1, { error: repair });
  const one = (value: unknown) => (value === undefined || value === null || Array.isArray(value) ? value : [value]);
  const schema = z.preprocess(one, many);
  forms.set(schema, { as: z.union([item, many]), required: false });
  return schema;
}

/** `true` or `false`, as it is written. */
export const yesOrNoWord = text("write `true` or `false`", (written): Read<string> => {
  if (written === "true" || written === "false") return { kind: "ok", value: written };
  return { kind: "wrong", message: `${shown(written)} is no answer: write \`true\` or \`false\`.` };
}).meta({ only: "boolean" });

export const yesOrNo = yesOrNoWord.transform((word) => word === "true");
