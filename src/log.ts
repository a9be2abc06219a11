import { write, writeSync } from "node:fs";
import { isatty } from "node:tty";

const LOG_LEVELS = ["info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type LogFields = Readonly<Record<string, unknown>>;

/** Says what happened. Never throws and never waits for whoever reads the log. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** What is below it is left out. */
  readonly level: LogLevel;
  /** `json`: one object a line, for machines. `text`: for a person at a terminal. */
  readonly format: "json" | "text";
  /** Gets whole lines, each with its newline. */
  write(line: string): void;
  now(): Date;
}

/** A log of the same lines with `own` in each. */
function within(log: Log, own: LogFields): Log {
  return {
    info: (message, fields) => log.info(message, { ...own, ...fields }),
    warn: (message, fields) => log.warn(message, { ...own, ...fields }),
    error: (message, fields) => log.error(message, { ...own, ...fields }),
  };
}

export function createLog(options: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(options.level);
  const format = options.format === "json" ? jsonLine : textLine;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      options.write(`${withoutCredentials(format(options.now(), level, message, fields))}\n`);
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/**
 * The log of a process: stderr, readable where a person looks at it and JSON lines where a machine does. `own` stands in
 * each line.
 */
export function stderrLog(level: LogLevel, own: LogFields = {}): Log {
  const format = isatty(2) ? "text" : "json";
  return within(createLog({ level, format, write: patientWriter(2, PIPE_BUF), now: () => new Date() }), own);
}

/** Replaces what stands between `//` and `@` in anything that looks like a URL: names and passwords. */
function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^\s"']{0,500}@/g, "://***@");
}

function jsonLine(now: Date, level: LogLevel, message: string, fields: LogFields): string {
  const own = { time: now.toISOString(), level, message };
  // Twice: the first gives the order, the second keeps a field from passing for the log's own.
  return stringify({ ...own, ...fields, ...own });
}

function textLine(now: Date, level: LogLevel, message: string, fields: LogFields): string {
  const mark = level === "info" ? "" : `${level.toUpperCase()} `;
  const rest = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = rest.map(([key, value]) => ` ${key}=${typeof value === "string" ? value : stringify(value)}`).join("");
  return `${now.toISOString().slice(11, 23)} ${mark}${message}${tail}`;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner) => plain(inner)) ?? "undefined";
  } catch {
    return '"(cannot be written down)"';
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Error)) return value;
  return { ...("code" in value ? { code: value.code } : {}), message: value.message, stack: value.stack };
}

/** What is not longer, in bytes, stays in one piece in a pipe that several processes write to (POSIX `write`). */
export const PIPE_BUF = 4_096;

/** Characters that may wait for a slow reader; what comes on top is dropped and counted. */
const MAX_WAITING = 1_000_000;
const RETRY_MS = 50;

/**
 * Writes whole lines. `process.stderr` blocks the whole process while its pipe is full. This writes from libuv's threads, one write at a
 * time, and writes what is left when the process exits.
 * @param most bytes in one write, as long as a line has no more: for what other processes write to, too.
 */
export function patientWriter(fd: number, most = Infinity): (line: string) => void {
  /** Each is one write. */
  const waiting: { text: string; bytes: number }[] = [];
  let size = 0;
  let dropped = 0;
  let underway = false;

  const add = (line: string): void => {
    const bytes = Buffer.byteLength(line);
    const last = waiting.at(-1);
    size += line.length;
    if (last === undefined || last.bytes + bytes > most) waiting.push({ text: line, bytes });
    else {
      last.text += line;
      last.bytes += bytes;
    }
  };
  const next = (): void => {
    if (dropped > 0) add(`${JSON.stringify({ level: "warn", message: "log lines were dropped", dropped })}\n`);
    dropped = 0;
    const first = waiting.shift();
    underway = first !== undefined;
    if (first === undefined) return;
    size -= first.text.length;
    writeAll(Buffer.from(first.text));
  };
  const writeAll = (bytes: Buffer): void => {
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === "EAGAIN") setTimeout(writeAll, RETRY_MS, bytes);
      else if (error === null && written < bytes.length) writeAll(bytes.subarray(written));
      else next(); // also after any other error: nobody will read those lines, and there is nowhere to say so
    });
  };

  // What is underway is finished by its thread.
  process.on("exit", () => {
    try {
      for (const { text } of waiting) writeSync(fd, text);
    } catch {
      // The reader is gone.
    }
  });

  return (line) => {
    if (size + line.length > MAX_WAITING) {
      dropped++;
      return;
    }
    add(line);
    if (!underway) next();
  };
}
