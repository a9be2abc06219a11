import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Processor time of a process so far, in microseconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

const MICROS_PER_TICK = 1e6 / Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout || 100);

/** Of a process with all its threads and children. */
export function cpuTime(pid: number): CpuTime {
  const times = family(pid).map((member) => parseCpuTime(readFileSync(`/proc/${member}/stat`, "utf8")));
  return {
    user: times.reduce((sum, { user }) => sum + user, 0) * MICROS_PER_TICK,
    system: times.reduce((sum, { system }) => sum + system, 0) * MICROS_PER_TICK,
  };
}

/** Ticks, from the text of /proc/PID/stat. */
export function parseCpuTime(stat: string): CpuTime {
  // The program's name is in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[11]), system: Number(fields[12]) };
}

/** Memory that is there at this moment, of a process with all its children, in MiB. What they share counts for each. */
export function residentMiB(pid: number): number {
  const kib = family(pid).map((member) => {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/status`, "utf8"));
    return Number(found?.[1]);
  });
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}
