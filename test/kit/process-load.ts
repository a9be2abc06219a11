import { readdirSync, readFileSync } from "node:fs";

/** What a process holds at the moment, as Linux tells it. */
export interface ProcessLoad {
  /** Open file descriptors, sockets among them. */
  readonly files: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
}

export function loadOf(pid: number): ProcessLoad {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return { files: readdirSync(`/proc/${pid}/fd`).length, memory: Number(kilobytes) * 1024 };
}
