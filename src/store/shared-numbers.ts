/** Rows of numbers, of one replica each, under names that mean something to whoever puts them there. */
export type NamedNumbers = readonly (readonly [name: string, numbers: Float64Array])[];

export type Exchanged =
  | {
      readonly kind: "numbers";
      /** Where the board stands: the next `since`. Less than the last one: it has lost data, and wants everything again. */
      readonly at: number;
      /** What other replicas have put there after `since`. */
      readonly others: readonly { readonly from: string; readonly name: string; readonly numbers: Float64Array }[];
    }
  | { readonly kind: "unavailable"; readonly why: string };

/**
 * A board on which each replica keeps rows of its own up to date and reads those of the others. Putting the same row there
 * twice does what doing it once does. What a replica has put there stays when it ends; of very many rows those that have
 * changed last are kept, and none for longer than a day. No method rejects.
 */
export interface SharedNumbers {
  /** @param own the rows that have changed, whole. */
  exchange(replica: string, since: number, own: NamedNumbers): Promise<Exchanged>;
  close(): Promise<void>;
}

/** More rows than this are not kept. */
export const MOST_ROWS = 5_000;

/** A board for one process. */
export function memoryNumbers(): SharedNumbers {
  /** In the order of their last change. */
  const rows = new Map<string, { from: string; name: string; numbers: Float64Array; at: number }>();
  let at = 0;
  return {
    async exchange(replica, since, own) {
      for (const [name, numbers] of own) {
        const key = JSON.stringify([replica, name]);
        rows.delete(key);
        rows.set(key, { from: replica, name, numbers: numbers.slice(), at: ++at });
      }
      for (const key of rows.keys()) {
        if (rows.size <= MOST_ROWS) break;
        rows.delete(key);
      }
      const others = [...rows.values()].filter((row) => row.at > since && row.from !== replica);
      return { kind: "numbers", at, others: others.map(({ at: _, ...row }) => row) };
    },
    async close() {
      rows.clear();
    },
  };
}
