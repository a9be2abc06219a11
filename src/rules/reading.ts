import type { z } from "zod";
import { pathText } from "./path.ts";
import { child, keyPlace, type Place } from "./place.ts";
import { asCode, type Mistake, shown } from "./rule-error.ts";
import type { MapSchema } from "./schema.ts";
import { closest, listed } from "./suggestion.ts";
import type { Plain } from "./yaml-tree.ts";

/** Reads a tree piece by piece and keeps every mistake, so that one does not hide the others. */
export class Reading {
  readonly mistakes: Mistake[] = [];
  /** What the document's own tests find; there is nothing else wrong with it then. */
  readonly failingTests: Mistake[] = [];

  refuse(place: Place, message: string): void {
    this.mistakes.push(mistakeAt(place, message));
  }

  noteFailing(place: Place, message: string): void {
    this.failingTests.push(mistakeAt(place, message));
  }

  /** undefined: something of it was refused. */
  map<Shape extends z.ZodRawShape>(
    place: Place,
    { schema, repair }: MapSchema<Shape>,
  ): z.output<z.ZodObject<Shape, z.core.$strict>> | undefined {
    const result = schema.safeParse(place.node?.value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) this.#unknownKey(keyPlace(place, key), key, Object.keys(schema.shape));
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

  #unknownKey(place: Place, key: string, known: readonly string[]): void {
    const meant = closest(key, known);
    const repair = meant === undefined ? `write one of ${listed(known)}` : `did you mean \`${meant}\`?`;
    this.refuse(place, `The key ${shown(key)} is not known here: ${repair}${meant === undefined ? "." : ""}`);
  }
}

function mistakeAt({ offset, path }: Place, message: string): Mistake {
  return { offset, path: pathText(path), message };
}

function asKey(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}

function isList(place: Place): boolean {
  return Array.isArray(place.node?.value);
}

function subject({ path, node }: Place): string {
  const name = path === undefined ? "The document" : typeof path.key === "number" ? "This item" : asCode(path.key);
  if (node === undefined) return `${name} is missing`;
  const value: Plain = node.value;
  if (value === null) return `${name} is empty`;
  if (typeof value === "string") return `${shown(value)} cannot stand here`;
  if (Array.isArray(value)) return value.length === 0 ? `${name} is an empty list` : "A list cannot stand here";
  return node.entries.size === 0 ? `${name} is an empty map` : "A map cannot stand here";
}
