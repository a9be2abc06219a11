import type { Facts } from "./facts.ts";
import { type CompiledCondition, factOf, holdAll } from "./matcher.ts";
import type { CompiledRoute, Table } from "./table.ts";

/** One entry of some route's `match`. */
export interface Entry {
  /** Its place in the document: the first entry that holds wins. */
  readonly order: number;
  readonly path: string | undefined;
  readonly conditions: readonly CompiledCondition[];
  /** Its route, by the place among the routes, so that the index holds whatever shares they have. */
  readonly route: number;
}

/**
 * Finds the first entry that holds without trying them all: by the whole path, by each of its prefixes that ends in a
 * slash, and, among the entries of one path, by the value of a header or another exact condition.
 */
export interface PathIndex {
  readonly exact: ReadonlyMap<string, EntryGroup>;
  readonly prefixes: ReadonlyMap<string, EntryGroup>;
  /** The most slashes in any prefix: longer paths need not be cut further. */
  readonly depth: number;
  readonly anyPath: EntryGroup | undefined;
}

/** The entries of one path, split by their rarest exact condition; those that only have globs are tried one by one. */
interface EntryGroup {
  readonly discriminators: readonly Discriminator[];
  readonly others: readonly Entry[];
}

interface Discriminator {
  readonly fact: CompiledCondition["fact"];
  readonly name: string;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  /** The order of its first entry: an earlier one that holds saves asking for the fact. */
  readonly first: number;
}

export function findRoute({ index, routes }: Pick<Table, "index" | "routes">, facts: Facts): CompiledRoute | undefined {
  const path = facts.path;
  let best = firstOf(index.exact.get(path), facts, undefined);
  let slash = -1;
  for (let depth = 0; depth < index.depth; depth++) {
    slash = path.indexOf("/", slash + 1);
    if (slash < 0) break;
    const group = index.prefixes.get(path.slice(0, slash + 1));
    if (group !== undefined) best = firstOf(group, facts, best);
  }
  best = firstOf(index.anyPath, facts, best);
  return best && routes[best.route];
}

function firstOf(group: EntryGroup | undefined, facts: Facts, before: Entry | undefined): Entry | undefined {
  if (group === undefined) return before;
  let best = firstIn(group.others, facts, before);
  for (const discriminator of group.discriminators) {
    if (best !== undefined && best.order < discriminator.first) continue;
    const value = factOf(discriminator, facts);
    if (value === undefined) continue;
    const entries = discriminator.entries.get(value);
    if (entries !== undefined) best = firstIn(entries, facts, best);
  }
  return best;
}

function firstIn(entries: readonly Entry[], facts: Facts, before: Entry | undefined): Entry | undefined {
  for (const entry of entries) {
    if (before !== undefined && entry.order > before.order) return before;
    if (holdAll(entry.conditions, facts)) return entry;
  }
  return before;
}

/** A few entries at a time. */
export function* indexing(entries: readonly Entry[]): Generator<undefined, PathIndex> {
  const exact = new Map<string, Entry[]>();
  const prefixes = new Map<string, Entry[]>();
  const anyPath: Entry[] = [];
  let depth = 0;
  for (const entry of entries) {
    if (entry.path === undefined) anyPath.push(entry);
    else if (entry.path.endsWith("/*")) {
      const prefix = entry.path.slice(0, -1);
      depth = Math.max(depth, prefix.split("/").length - 1);
      listOf(prefixes, prefix).push(entry);
    } else listOf(exact, entry.path).push(entry);
    yield;
  }
  return {
    exact: yield* groups(exact),
    prefixes: yield* groups(prefixes),
    depth,
    anyPath: anyPath.length === 0 ? undefined : yield* group(anyPath),
  };
}

function* groups(lists: ReadonlyMap<string, readonly Entry[]>): Generator<undefined, Map<string, EntryGroup>> {
  const groups = new Map<string, EntryGroup>();
  for (const [path, list] of lists) groups.set(path, yield* group(list));
  return groups;
}

function* group(entries: readonly Entry[]): Generator<undefined, EntryGroup> {
  const counts = yield* countValues(entries);
  const discriminators = new Map<string, Discriminator & { readonly entries: Map<string, Entry[]> }>();
  const others: Entry[] = [];
  for (const entry of entries) {
    yield;
    const condition = rarest(entry, counts);
    if (condition === undefined) {
      others.push(entry);
      continue;
    }
    const key = kindOf(condition);
    let discriminator = discriminators.get(key);
    if (discriminator === undefined) {
      discriminator = { fact: condition.fact, name: condition.name, entries: new Map(), first: entry.order };
      discriminators.set(key, discriminator);
    }
    for (const value of condition.exact) listOf(discriminator.entries, value).push(entry);
  }
  return { discriminators: [...discriminators.values()], others };
}

/** How many entries ask for each value of each fact. */
function* countValues(
  entries: readonly Entry[],
): Generator<undefined, ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { conditions } of entries) {
    for (const condition of conditions) {
      const kind = kindOf(condition);
      const ofKind = counts.get(kind) ?? new Map<string, number>();
      counts.set(kind, ofKind);
      for (const value of condition.exact) ofKind.set(value, (ofKind.get(value) ?? 0) + 1);
    }
    yield;
  }
  return counts;
}

/** The exact condition that tells the entry from most of the others: not the method that they all have. */
function rarest(entry: Entry, counts: ReadonlyMap<string, ReadonlyMap<string, number>>): CompiledCondition | undefined {
  let best: CompiledCondition | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const condition of entry.conditions) {
    if (condition.globs.length > 0) continue;
    const ofKind = counts.get(kindOf(condition));
    let most = 0;
    for (const value of condition.exact) most = Math.max(most, ofKind?.get(value) ?? 0);
    if (most < least) [best, least] = [condition, most];
  }
  return best;
}

function kindOf({ fact, name }: CompiledCondition): string {
  return `${fact}:${name}`;
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}
