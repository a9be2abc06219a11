import type { Log } from "../../src/log.ts";

export interface MemoryLog extends Log {
  readonly lines: { readonly level: keyof Log; readonly message: string; readonly fields: object | undefined }[];
  /** The messages of one level, in order. */
  said(level: keyof Log): string[];
}

/** A log that keeps its lines. */
export function memoryLog(): MemoryLog {
  const lines: MemoryLog["lines"] = [];
  const at =
    (level: keyof Log): Log["info"] =>
    (message, fields) =>
      void lines.push({ level, message, fields });
  return {
    lines,
    said: (level) => lines.filter((line) => line.level === level).map(({ message }) => message),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
