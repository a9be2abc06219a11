import type { How, View } from "./rules-reader.ts";

/** What the thread that reads rules is asked for; it answers with a view of the route `wanted`. */
type Wish =
  | { readonly kind: "read"; readonly text: string; readonly wanted: string }
  | { readonly kind: "edit"; readonly how: How; readonly given: readonly unknown[]; readonly wanted: string }
  | { readonly kind: "show"; readonly wanted: string };
export type Asked = Wish & { readonly id: number };

export interface Told {
  readonly id: number;
  /** undefined: a newer text has come meanwhile, or the edit cannot be done. */
  readonly view: View | undefined;
}

const worker = new Worker(new URL("./reading-worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, (view: View | undefined) => void>();
let last = 0;

worker.addEventListener("message", ({ data: { id, view } }: MessageEvent<Told>) => {
  waiting.get(id)?.(view);
  waiting.delete(id);
});

// Then the text can still be edited, without sentences.
worker.addEventListener("error", () => {
  for (const resolve of waiting.values()) resolve(undefined);
  waiting.clear();
});

/** Reads and edits in a thread of its own, which a large document does not keep this one from drawing. */
export function askReader(wish: Wish): Promise<View | undefined> {
  const id = ++last;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ ...wish, id });
  });
}
