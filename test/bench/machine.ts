import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
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

/** How the measured proxies were placed, in words. */
export function pinned(cores: Cores): string {
  return cores.proxy === undefined ? "not pinned to cores" : `each on core ${cores.proxy} alone`;
}

/** Puts this process with all its threads on the cores. What it starts stays there, too, unless it is told otherwise. */
export function pinSelf(cores: string | undefined): void {
  if (cores !== undefined) spawnSync("taskset", ["-a", "-c", "-p", cores, `${process.pid}`]);
}

/**
 * How many of the `wanted` files and sockets this process and each one it starts may have open: the limit is raised where
 * that is allowed.
 */
export function openFiles(wanted: number): number {
  if (limitOfFiles() < wanted) {
    spawnSync("prlimit", ["--pid", `${process.pid}`, `--nofile=${wanted}:${wanted}`]);
  }
  return Math.min(wanted, limitOfFiles());
}

function limitOfFiles(): number {
  const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return Number(found?.[1] ?? 1024);
}

/** The last core is the proxy's alone, where cores can be given out. */
export function shareCores(): Cores {
  const last = cpus().length - 1;
  if (last < 1 || !isInstalled("taskset")) return { proxy: undefined, others: undefined };
  return { proxy: `${last}`, others: last === 1 ? "0" : `0-${last - 1}` };
}
