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

/** What is read by itself, with more to say than a schema can; the map around it only knows the key. */
export const readApart = z.unknown().optional();

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
  return z.preprocess(
    (value) => (value === undefined || value === null || Array.isArray(value) ? value : [value]),
    z.array(item, { error: repair }).min(1, { error: repair }),
  );
}

/** `true` or `false`. */
export const yesOrNo = text("write `true` or `false`", (written): Read<boolean> => {
  if (written === "true" || written === "false") return { kind: "ok", value: written === "true" };
  return { kind: "wrong", message: `${shown(written)} is no answer: write \`true\` or \`false\`.` };
});
