import type { Path } from "./path.ts";
import type { TreeNode } from "./yaml-tree.ts";

/** A place in the document, also one where nothing is written. */
export interface Place {
  readonly path: Path;
  /** undefined: the key is not there. */
  readonly node: TreeNode | undefined;
  /** Where a mistake about this place is shown: the key, else the value, else what it is missing from. */
  readonly offset: number;
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
