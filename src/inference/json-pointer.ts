import { JsonCursor } from "./json-cursor.ts";

/**
 * The scalar that the steps of a JSON pointer (RFC 6901) lead to, as a byte string: a string's meaning, a number or
 * boolean as it is written. Of keys that stand twice the last one counts, as for most servers. Undefined: nothing there,
 * null, no scalar, longer than 4 KiB, or behind the place where the bytes stop being JSON.
 *
 * @param steps unescaped, as byte strings: `/metadata/user_id` is `["metadata", "user_id"]`
 */
export function scalarAt(body: Uint8Array, steps: readonly string[]): string | undefined {
  return follow(new JsonCursor(body), steps, 0);
}

/** Past the next value; what the steps from `depth` on lead to in it. */
function follow(cursor: JsonCursor, steps: readonly string[], depth: number): string | undefined {
  const step = steps[depth];
  if (step === undefined) return cursor.scalar();
  let found: string | undefined;
  switch (cursor.kind()) {
    case "object":
      cursor.enter();
      while (cursor.nextKey()) {
        if (cursor.says(step)) found = follow(cursor, steps, depth + 1);
        else cursor.skip();
      }
      return found;
    case "array": {
      const wanted = /^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : -1;
      cursor.enter();
      for (let index = 0; cursor.nextElement(); index++) {
        if (index === wanted) found = follow(cursor, steps, depth + 1);
        else cursor.skip();
      }
      return found;
    }
    default:
      cursor.skip();
      return undefined;
  }
}
