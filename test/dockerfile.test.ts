import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const dockerfile = readFileSync("Dockerfile", "utf8");
const allowed =
  readFileSync(".dockerignore", "utf8")
    .match(/^!.+$/gm)
    ?.map((line) => line.slice(1)) ?? [];

/** What is copied out of the repository. */
function sources(): string[] {
  return dockerfile
    .split("\n")
    .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith("--"));
}

describe("the Dockerfile", () => {
  it("copies what exists and what .dockerignore lets through", () => {
    expect(sources().length).toBeGreaterThan(4);
    for (const source of sources()) {
      expect(existsSync(source), source).toBe(true);
      expect(allowed, source).toContain(source.split("/")[0]);
    }
  });

  it("starts what package.json says is the command", () => {
    const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "/app/${bin["canary-router"]}"]`);
  });

  it("does not run as root", () => {
    expect(dockerfile.match(/^USER (.*)$/gm)?.at(-1)).toMatch(/^USER [1-9]/);
  });
});
