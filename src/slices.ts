/** How long work may hold up everything else at a time, in ms. Its last step may take longer. */
const SLICE_MS = 1;

/** Work that can be put aside after each of its steps. */
export type Sliced<T> = Generator<undefined, T>;

/** Does the work a little at a time, so that requests go on meanwhile. What takes one slice only is done at once. */
export async function inSlices<T>(work: Sliced<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
