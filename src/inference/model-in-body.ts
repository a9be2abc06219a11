import { bytesOf, escapeJson } from "./byte-string.ts";
import { boundaryOf, mayBeJson, mediaTypeOf } from "./content-type.ts";
import { JsonCursor } from "./json-cursor.ts";
import { formParts } from "./multipart.ts";
import type { Place } from "./place.ts";

/**
 * Where a body names its model: the JSON string with its quotes, or the value of a form's field. Undefined: it does not, or
 * the value is no string. The last one counts where there are several, as for most servers.
 */
export function findModel(contentType: string | undefined, body: Uint8Array): Place | undefined {
  const boundary = boundaryOf(contentType);
  if (boundary !== undefined) return inForm(body, boundary);
  return mayBeJson(mediaTypeOf(contentType)) ? inJson(body) : undefined;
}

/**
 * The same body with another model in it; all other bytes are as they were. Undefined: it names none, or `to` cannot
 * stand there (a line's end in a form).
 *
 * @param to a byte string
 */
export function replaceModel(contentType: string | undefined, body: Uint8Array, to: string): Uint8Array | undefined {
  const place = findModel(contentType, body);
  if (place === undefined) return undefined;
  const isForm = boundaryOf(contentType) !== undefined;
  if (isForm && /[\r\n]/.test(to)) return undefined;
  const value = bytesOf(isForm ? to : escapeJson(to));
  const changed = new Uint8Array(body.length - (place.end - place.start) + value.length);
  changed.set(body.subarray(0, place.start));
  changed.set(value, place.start);
  changed.set(body.subarray(place.end), place.start + value.length);
  return changed;
}

function inJson(body: Uint8Array): Place | undefined {
  const cursor = new JsonCursor(body);
  if (cursor.kind() !== "object") return undefined;
  let found: Place | undefined;
  cursor.enter();
  while (cursor.nextKey()) {
    const isModel = cursor.says("model");
    const isString = cursor.kind() === "string";
    cursor.skip();
    if (isModel) found = isString && !cursor.lost ? { start: cursor.start - 1, end: cursor.end + 1 } : undefined;
  }
  return found;
}

function inForm(body: Uint8Array, boundary: string): Place | undefined {
  let found: Place | undefined;
  for (const part of formParts(body, boundary)) {
    if (part.name === "model" && part.file === undefined) found = { start: part.start, end: part.end };
  }
  return found;
}
