import { z } from "zod";
import { type Path, pathText } from "./path.ts";
import { type Mistake, shown } from "./rule-error.ts";
import { closest, listed } from "./suggestion.ts";
import type { Plain, TreeNode } from "./yaml-tree.ts";

/** A place in the document, also one where nothing is written. */
export interface Place {
  readonly path: Path;
  /** undefined: the key is not there. */
  readonly node: TreeNode | undefined;
  /** Where a mistake about this place is shown: the key, else the value, else what it is missing from. */
  readonly offset: number;
}

/** What becomes of one scalar's text. */
export type Read<T> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "wrong"; readonly message: string };

/** A map of the document: what its keys hold, and the keys that will be understood by a later release. */
export interface MapSchema<Shape extends z.ZodRawShape> {
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  readonly repair: string;
  readonly later: readonly string[];
}

/** The repair completes the sentence "X cannot stand here: …". */
export function mapOf<Shape extends z.ZodRawShape>(
  repair: string,
  shape: Shape,
  later: readonly string[] = [],
): MapSchema<Shape> {
  return { schema: z.strictObject(shape, { error: repair }), repair, later };
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

/** Reads a tree piece by piece and keeps every mistake, so that one does not hide the others. */
export class Reading {
  readonly mistakes: Mistake[] = [];

  refuse(place: Place, message: string): void {
    this.mistakes.push({ offset: place.offset, path: pathText(place.path), message });
  }

  /** undefined: something of it was refused. */
  map<Shape extends z.ZodRawShape>(
    place: Place,
    { schema, repair, later }: MapSchema<Shape>,
  ): z.output<z.ZodObject<Shape, z.core.$strict>> | undefined {
    const result = schema.safeParse(place.node?.value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) this.#unknownKey(keyPlace(place, key), key, Object.keys(schema.shape), later);
      } else this.#issue(place, issue, repair);
    }
    return undefined;
  }

  /** undefined: it was refused. */
  value<T>(place: Place, schema: z.ZodType<T>): T | undefined {
    const result = schema.safeParse(place.node?.value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#issue(place, issue, issue.message);
    return undefined;
  }

  /** The places of a list's items; none, and a mistake, when it is not a list or an empty one. */
  list(place: Place, repair: string): readonly Place[] {
    if (!Array.isArray(place.node?.value) || place.node.items.length === 0) {
      this.refuse(place, `${subject(place)}: ${repair}.`);
      return [];
    }
    return place.node.items.map((_, i) => child(place, i));
  }

  /** The keys and places of a map that may have any keys; none, and a mistake, when it is not a map or an empty one. */
  entries(place: Place, repair: string): readonly (readonly [string, Place])[] {
    const node = place.node;
    if (node === undefined || node.entries.size === 0) {
      this.refuse(place, `${subject(place)}: ${repair}.`);
      return [];
    }
    return [...node.entries.keys()].map((key) => [key, child(place, key)] as const);
  }

  #issue(place: Place, issue: z.core.$ZodIssue, repair: string): void {
    let at = place;
    // A scalar that may be a list is read as a list of one: its item is the scalar itself.
    for (const key of issue.path) if (!(typeof key === "number" && !isList(at))) at = child(at, asKey(key));
    const message = issue.code === "custom" ? issue.message : `${subject(at)}: ${issue.message || repair}.`;
    this.refuse(at, message);
  }

  #unknownKey(place: Place, key: string, known: readonly string[], later: readonly string[]): void {
    if (later.includes(key)) {
      this.refuse(place, `\`${key}\` is not supported by this release: leave it out.`);
      return;
    }
    const meant = closest(key, [...known, ...later]);
    const repair = meant === undefined ? `write one of ${listed(known)}` : `did you mean \`${meant}\`?`;
    this.refuse(place, `The key ${shown(key)} is not known here: ${repair}${meant === undefined ? "." : ""}`);
  }
}

function asKey(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}

function isList(place: Place): boolean {
  return Array.isArray(place.node?.value);
}

/** The root of a document. */
export function rootPlace(node: TreeNode): Place {
  return { path: undefined, node, offset: node.start };
}

/** A value inside this one, also one that is not there. */
export function child(place: Place, key: string | number): Place {
  const path = { parent: place.path, key };
  if (typeof key === "number") {
    const node = place.node?.items[key];
    return { path, node, offset: node?.start ?? place.offset };
  }
  const entry = place.node?.entries.get(key);
  if (entry === undefined) return { path, node: undefined, offset: place.node?.start ?? place.offset };
  const { value, start } = entry.node;
  // A wrong scalar is shown where it stands; what is about a whole list or map at its key.
  return { path, node: entry.node, offset: typeof value === "string" ? start : entry.keyStart };
}

/** Where a key is written, for what is wrong with the key itself. */
export function keyPlace(place: Place, key: string): Place {
  return { ...child(place, key), offset: place.node?.entries.get(key)?.keyStart ?? place.offset };
}

/** The text at a place, whatever else may be wrong around it. */
export function textAt(place: Place): string | undefined {
  const value = place.node?.value;
  return typeof value === "string" ? value : undefined;
}

function subject({ path, node }: Place): string {
  const name = path === undefined ? "The document" : typeof path.key === "number" ? "This item" : `\`${path.key}\``;
  if (node === undefined) return `${name} is missing`;
  const value: Plain = node.value;
  if (value === null) return `${name} is empty`;
  if (typeof value === "string") return `${shown(value)} cannot stand here`;
  if (Array.isArray(value)) return value.length === 0 ? `${name} is an empty list` : "A list cannot stand here";
  return node.entries.size === 0 ? `${name} is an empty map` : "A map cannot stand here";
}
