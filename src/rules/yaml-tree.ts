import { type Alias, isAlias, isCollection, isMap, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import { type Path, pathText } from "./path.ts";
import { type Mistake, shown } from "./rule-error.ts";
import { parseYaml } from "./yaml-parse.ts";

/** Every scalar is its source text, so that `1.10` stays `1.10`; null is a value that is not there (empty or `~`). */
export type Plain = string | null | readonly Plain[] | { readonly [key: string]: Plain };

/** A value of the document and where it is written. Aliases have become the node that they mean. */
export interface TreeNode {
  /** Offsets into the text, in UTF-16 units: `start` up to, not with, `end`. */
  readonly start: number;
  readonly end: number;
  readonly value: Plain;
  readonly items: readonly TreeNode[];
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** How many nodes it has when every alias is written out. */
  readonly size: number;
}

interface TreeEntry {
  readonly keyStart: number;
  readonly node: TreeNode;
}

/** Without a root when the text is no YAML; with mistakes and a root when more can be said about it. */
export interface Tree {
  readonly root: TreeNode | undefined;
  readonly mistakes: readonly Mistake[];
}

/** How many nodes the aliases of a document may add: enough to share lists, far from what an alias bomb needs. */
const MOST_ALIASED = 10_000;

/** Reads YAML into a tree with positions; never throws. Cheap for what is too large, too deep or an alias bomb. */
export function treeOf(text: string): Tree {
  const parsed = parseYaml(text);
  if (parsed.kind === "refused") return { root: undefined, mistakes: parsed.mistakes };
  const planter = new Planter();
  const root = planter.plant(parsed.contents, undefined);
  if (root.size - planter.written > MOST_ALIASED) {
    const message = `The aliases (\`*name\`) of this document stand for ${amount(root.size)} values: write the lists out, or share less.`;
    return { root: undefined, mistakes: [{ offset: root.start, path: "", message }] };
  }
  return { root, mistakes: [...parsed.mistakes, ...planter.mistakes] };
}

function amount(size: number): string {
  return size < 1e9 ? String(size) : "billions of";
}

class Planter {
  readonly mistakes: Mistake[] = [];
  /** The nodes that the text itself has. */
  written = 0;
  /** What each anchor means by now; undefined while its node is not complete. */
  readonly #anchors = new Map<string, TreeNode | undefined>();

  plant(node: Node, path: Path): TreeNode {
    if (isAlias(node)) return this.#resolve(node, path);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined);
    const planted = isCollection(node) ? this.#collection(node, path) : this.#text(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, planted);
    return planted;
  }

  #text(node: Scalar): TreeNode {
    return this.#leaf(node, textOf(node));
  }

  #leaf(node: Node, value: Plain): TreeNode {
    this.written++;
    const [start, end] = node.range ?? [0, 0];
    return { start, end, value, items: [], entries: new Map(), size: 1 };
  }

  #collection(node: Node, path: Path): TreeNode {
    const leaf = this.#leaf(node, null);
    if (isSeq<Node>(node)) {
      const items = node.items.map((item, i) => this.plant(item, { parent: path, key: i }));
      return { ...leaf, items, value: items.map((item) => item.value), size: sizeOf(items) };
    }
    const entries = isMap<Node, Node | null>(node) ? this.#entries(node, path) : new Map<string, TreeEntry>();
    // Without a prototype, `__proto__` and `constructor` are keys like any other.
    const value: Record<string, Plain> = Object.create(null);
    for (const [key, entry] of entries) value[key] = entry.node.value;
    return { ...leaf, entries, value, size: sizeOf([...entries.values()].map((entry) => entry.node)) };
  }

  #entries(map: YAMLMap<Node, Node | null>, path: Path): Map<string, TreeEntry> {
    const entries = new Map<string, TreeEntry>();
    for (const pair of map.items) {
      const keyNode = this.plant(pair.key, path);
      const key = keyNode.value;
      if (typeof key !== "string") {
        this.#refuse(keyNode.start, path, "A key must be plain text: write `key: value`.");
        continue;
      }
      const here = { parent: path, key };
      const node = pair.value === null ? this.#nothing(keyNode.end) : this.plant(pair.value, here);
      if (entries.has(key)) {
        this.#refuse(keyNode.start, here, `The key ${shown(key)} is written twice: keep one of the two.`);
      } else entries.set(key, { keyStart: keyNode.start, node });
    }
    return entries;
  }

  #nothing(offset: number): TreeNode {
    this.written++;
    return { start: offset, end: offset, value: null, items: [], entries: new Map(), size: 1 };
  }

  #resolve(alias: Alias, path: Path): TreeNode {
    const meant = this.#anchors.get(alias.source);
    if (meant !== undefined) return meant;
    const offset = alias.range?.[0] ?? 0;
    const why = this.#anchors.has(alias.source) ? "stands inside what it means" : "means nothing";
    const name = shown(`*${alias.source}`);
    this.#refuse(offset, path, `The alias ${name} ${why}: write the value out, or name one above with an anchor.`);
    return this.#nothing(offset);
  }

  #refuse(offset: number, path: Path, message: string): void {
    this.mistakes.push({ offset, path: pathText(path), message });
  }
}

function textOf({ value, source }: Scalar): string | null {
  if (value === null) return null;
  return typeof value === "string" ? value : (source ?? String(value));
}

function sizeOf(nodes: readonly TreeNode[]): number {
  let size = 1;
  for (const node of nodes) size += node.size;
  return size;
}
