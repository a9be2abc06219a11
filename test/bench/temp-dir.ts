import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let root: string | undefined;

/** A new, empty directory that is gone when the bench ends, however it ends. */
export function tempDir(name: string): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), "canary-bench-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    root = made;
  }
  return mkdtempSync(join(root, `${name}-`));
}
