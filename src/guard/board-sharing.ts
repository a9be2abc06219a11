/** A board on which replicas keep rows of numbers: each its own, and all can read them. Never rejects. */
export interface Board {
  exchange(
    replica: string,
    since: number,
    own: readonly (readonly [name: string, numbers: Float64Array])[],
  ): Promise<Exchanged>;
}

type Exchanged =
  | {
      readonly kind: "numbers";
      readonly at: number;
      readonly others: readonly { readonly from: string; readonly name: string; readonly numbers: Float64Array }[];
    }
  | { readonly kind: "unavailable"; readonly why: string };

/** Sums of which each replica has its part, and wants those of the others. */
export interface Shared {
  /** What this replica has, by rows whose names mean the same on all replicas. */
  rows(): Iterable<readonly [row: string, sums: Float64Array]>;
  /** Whether a row is of these sums, and of something that still counts. */
  knows(row: string): boolean;
  /** What all the others have together of a row that is known. */
  hear(row: string, sums: Float64Array): void;
}

/** After so many exchanges all is told and read once more: a board may lose something without saying so. */
const TRUSTED = 240;

/** Keeps the sums of all replicas: what this one has seen goes to the board, and what others have is heard. */
export class BoardSharing {
  private readonly shared: readonly Shared[];
  private readonly board: Board;
  private readonly replica: string;
  /** As the board has them. */
  private told = new Map<string, Float64Array>();
  /** What others have put there, by name and replica. */
  private readonly heard = new Map<string, Map<string, Float64Array>>();
  private at = 0;
  private exchanges = 0;

  constructor(shared: readonly Shared[], board: Board, replica: string) {
    this.shared = shared;
    this.board = board;
    this.replica = replica;
  }

  /** @returns why the board cannot be reached; undefined: all was exchanged. */
  async exchange(): Promise<string | undefined> {
    const { board, replica, shared } = this;
    if (++this.exchanges % TRUSTED === 0) this.begin();
    const own = shared.flatMap((one) =>
      [...one.rows()].flatMap(([row, sums]) =>
        isSame(sums, this.told.get(row)) ? [] : [[row, sums.slice()] as const],
      ),
    );
    const answer = await board.exchange(replica, this.at, own);
    if (answer.kind === "unavailable") return answer.why;
    if (answer.at < this.at) {
      // It has lost what it had: it gets all of ours again next time, and so it does from the others.
      this.begin();
      return undefined;
    }
    this.at = answer.at;
    for (const [row, sums] of own) this.told.set(row, sums);
    const changed = new Set<string>();
    for (const { from, name, numbers } of answer.others) {
      const rows = this.heard.get(name) ?? new Map<string, Float64Array>();
      this.heard.set(name, rows.set(from, numbers));
      changed.add(name);
    }
    for (const row of changed) this.pass(row);
    return undefined;
  }

  /** Something has begun anew, or is gone: nothing of what was told of it counts any more. */
  forgetUnknown(): void {
    for (const rows of [this.told, this.heard]) {
      for (const row of rows.keys()) if (!this.shared.some((one) => one.knows(row))) rows.delete(row);
    }
  }

  private begin(): void {
    this.at = 0;
    this.told.clear();
  }

  private pass(row: string): void {
    const whose = this.shared.find((one) => one.knows(row));
    if (whose === undefined) return;
    const rows = [...(this.heard.get(row)?.values() ?? [])];
    const sum = Float64Array.from({ length: rows[0]?.length ?? 0 }, (_, i) =>
      rows.reduce((all, numbers) => all + (numbers[i] ?? 0), 0),
    );
    whose.hear(row, sum);
  }
}

function isSame(sums: Float64Array, other: Float64Array | undefined): boolean {
  return other?.every((number, i) => number === sums[i]) ?? false;
}
