import { execFileSync } from "node:child_process";
import { hasRedis } from "./redis-server.ts";

/** Runs once before the suite: the store's tests want a real redis-server, and are skipped without one. */
export function setup(): void {
  if (hasRedis || installedRedis()) return;
  const how = "Install it with `apt-get install redis-server`, `brew install redis` or your system's package manager.";
  if (process.env["CI"] === "true")
    throw new Error(`There is no redis-server on the PATH, and CI must test with it. ${how}`);
  const line = "!".repeat(100);
  console.warn(
    `\n${line}\n!! The Redis tests are SKIPPED: there is no redis-server on the PATH.\n!! ${how}\n${line}\n`,
  );
}

function installedRedis(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", "redis-server"]]) {
      execFileSync("apt-get", args, {
        stdio: "ignore",
        timeout: 180_000,
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    }
    return true;
  } catch {
    return false;
  }
}
