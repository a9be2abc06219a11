import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** Runs once before the suite: tests that start real processes use `dist`, which `npm test` has just built. */
export function setup(): void {
  if (newest("dist") >= newest("src")) return;
  const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
  // Types that do not hold do not keep the other tests from running: tsc writes its output nevertheless.
  if (built.status !== 0) console.error("the build has errors");
}

/** When anything in it changed last, in milliseconds; 0 where there is no such folder. */
function newest(folder: string): number {
  try {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    return Math.max(0, ...files.map((file) => statSync(join(ROOT, folder, file)).mtimeMs));
  } catch {
    return 0;
  }
}
