import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toBytes } from "../../src/routing/bytes.ts";
import type { Directory } from "../../src/store/directory.ts";

export interface DirectoryContent {
  /** By customer. */
  readonly types?: Readonly<Record<string, string>>;
  /** The customers, by the SHA-256 of their keys. */
  readonly owners?: Readonly<Record<string, string>>;
}

/** Somewhere a directory can live. */
export interface DirectoryPlace {
  open(): Directory;
  /** Replaces all of it, past the router. */
  fill(content: DirectoryContent): void;
  remove(): void;
}

const digestOf = (key: string): string => createHash("sha256").update(key).digest("hex");

/** What every directory promises, whatever it is made of. */
export function directoryContract(name: string, makePlace: () => DirectoryPlace): void {
  describe(`${name} directory`, () => {
    let place: DirectoryPlace;
    let directory: Directory;
    beforeEach(() => {
      place = makePlace();
      place.fill({});
      directory = place.open();
    });
    afterEach(() => {
      directory.close();
      place.remove();
    });
    const found = (...values: unknown[]) => ({ kind: "found", values });

    it("knows nobody when it is empty", async () => {
      expect(await directory.owners([digestOf("k"), digestOf("l")])).toEqual(found(undefined, undefined));
      expect(await directory.types(["a"])).toEqual(found(undefined));
    });

    it("answers in the order asked, with the type of a key's owner", async () => {
      place.fill({
        types: { acme: "premium", lone: "basic" },
        owners: { [digestOf("1")]: "acme", [digestOf("2")]: "nobody" },
      });
      expect(await directory.owners(["2", "?", "1", "2"].map(digestOf))).toEqual(
        found({ customer: "nobody" }, undefined, { customer: "acme", type: "premium" }, { customer: "nobody" }),
      );
      expect(await directory.types(["lone", "?", "acme"])).toEqual(found("basic", undefined, "premium"));
    });

    it("shows what has been added, changed and taken away", async () => {
      place.fill({ types: { a: "one", b: "one" }, owners: { [digestOf("k")]: "a" } });
      expect(await directory.types(["a", "b", "c"])).toEqual(found("one", "one", undefined));
      place.fill({ types: { a: "two", c: "one" } });
      expect(await directory.types(["a", "b", "c"])).toEqual(found("two", undefined, "one"));
      expect(await directory.owners([digestOf("k")])).toEqual(found(undefined));
    });

    it("knows customers by the bytes of their ids, whatever they look like", async () => {
      const ids = ["Ünïcødé 客户", "0123", "no", "~", "a b", "constructor", "a:b"];
      place.fill({
        types: Object.fromEntries(ids.map((id) => [id, `type ${id}`])),
        owners: Object.fromEntries(ids.map((id) => [digestOf(id), id])),
      });
      expect(await directory.types(ids.map(toBytes))).toEqual(found(...ids.map((id) => toBytes(`type ${id}`))));
      expect(await directory.owners(ids.map(digestOf))).toEqual(
        found(...ids.map((id) => ({ customer: toBytes(id), type: toBytes(`type ${id}`) }))),
      );
    });

    it("answers a thousand questions at once", async () => {
      const ids = Array.from({ length: 1000 }, (_, i) => `customer ${i}`);
      place.fill({ types: Object.fromEntries(ids.map((id) => [id, `of ${id}`])) });
      expect(await directory.types(ids)).toEqual(found(...ids.map((id) => `of ${id}`)));
      expect(await directory.owners(ids.map(digestOf))).toEqual(found(...ids.map(() => undefined)));
    });
  });
}
