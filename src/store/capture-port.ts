/** Where captured requests are kept. */
export interface CaptureStore {
  /** Keeps lines, each JSON without a newline. Rejects with why it cannot; then none of them is to be counted on. */
  write(lines: readonly string[]): Promise<void>;
  /** Finishes what is begun. Never rejects. */
  close(): Promise<void>;
}
