/** Milliseconds of a clock that all threads share; `performance.now()` counts from each thread's own beginning. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
