import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { run } from "./run.ts";

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

describe("completion", () => {
  it.skipIf(!has("bash"))("completes commands, options and shells in bash", async () => {
    const { stdout: script } = await run(["completion", "bash"]);
    const complete = (...words: string[]): string[] => {
      const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _canary_router; echo "\${COMPREPLY[@]}"`;
      return execFileSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" })
        .trim()
        .split(" ");
    };
    expect(complete("canary-router", "re")).toEqual(["restore", "revert"]);
    expect(complete("canary-router", "put", "--if")).toEqual(["--if-changed", "--if-absent"]);
    expect(complete("canary-router", "completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(complete("canary-router", "put", "")).toEqual([""]); // files are bash's own business
  });

  it.each(["zsh", "fish"])("prints a script for %s that has every command", async (shell) => {
    const { code, stdout } = await run(["completion", shell]);
    expect(code).toBe(0);
    for (const name of ["serve", "put", "history", "completion"]) expect(stdout).toContain(name);
    if (has(shell)) execFileSync(shell, ["-n"], { input: stdout });
  });

  it("asks for a shell", async () => {
    for (const args of [["completion"], ["completion", "tcsh"], ["completion", "bash", "zsh"]]) {
      expect((await run(args)).code).toBe(2);
    }
  });
});
