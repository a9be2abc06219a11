import { spawnSync } from "node:child_process";
import { cpus, release } from "node:os";

/** The machine and the programs that the numbers come from, in one sentence. */
export function machineSentence(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const versions = [
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    versionOf("nginx", ["-v"], /nginx\/(\S+)/),
    versionOf("haproxy", ["-v"], /version (\d[\d.]*)/),
    versionOf("wrk", ["-v"], /wrk (\S+)/),
  ];
  const day = new Date().toISOString().slice(0, 10);
  return `Measured on ${day}: ${model}, ${cpus().length} cores; ${versions.filter((v) => v !== undefined).join(", ")}.`;
}

function versionOf(program: string, args: string[], pattern: RegExp): string | undefined {
  const found = pattern.exec(outputOf(program, args) ?? "");
  return found === null ? undefined : `${program} ${found[1]}`;
}

/** undefined: there is no such program here. */
function outputOf(program: string, args: string[]): string | undefined {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return error === undefined ? stdout + stderr : undefined;
}

export function isInstalled(program: string): boolean {
  return outputOf(program, ["-v"]) !== undefined;
}

/** Which cores the measured proxy and everything else run on; undefined: not pinned. */
export interface Cores {
  readonly proxy: string | undefined;
  readonly others: string | undefined;
}

/** The last core is the proxy's alone, where cores can be given out. */
export function shareCores(): Cores {
  const last = cpus().length - 1;
  if (last < 1 || !isInstalled("taskset")) return { proxy: undefined, others: undefined };
  return { proxy: `${last}`, others: last === 1 ? "0" : `0-${last - 1}` };
}
