import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { type Past, shortened } from "./past.ts";

const Line = z.object({
  revision: z.int().positive(),
  author: z.string(),
  approver: z.string().optional(),
  at: z.number(),
  message: z.string(),
  text: z.string(),
});

/** The edits of a rules file, as lines of JSON beside it. Where they cannot be written they last as long as the process. */
export interface HistoryFile {
  /** The oldest first. */
  all(): Promise<readonly Past[]>;
  /** Never rejects: an edit that has been made is not undone because it cannot be written down. */
  append(edit: Past): Promise<void>;
}

/** One process writes to a history; what it has once read it need not read again. */
export function historyFile(path: string, log: Log): HistoryFile {
  let known: readonly Past[] | undefined;
  let told = false;
  const all = async (): Promise<readonly Past[]> => {
    known ??= await readLines(path, log);
    return known;
  };
  return {
    all,
    async append(edit) {
      // After the revision's counter was lost, numbers are given again; the later edit is the one that counts.
      known = shortened([...(await all()).filter(({ revision }) => revision < edit.revision), edit]);
      try {
        await writeAtomically(path, known.map((one) => `${JSON.stringify(one)}\n`).join(""), 0o600);
      } catch (error) {
        if (told) return;
        told = true;
        log.warn("the history of the rules cannot be kept beside the file, so it ends with the process", {
          file: path,
          why: String(error),
        });
      }
    },
  };
}

/** Lines that make no sense are left out, and go with the next edit. */
async function readLines(path: string, log: Log): Promise<readonly Past[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      log.warn("the history of the rules cannot be read", { file: path, why: String(error) });
    }
    return [];
  }
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.flatMap((line) => {
    const parsed = Line.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
  const lost = lines.length - entries.length;
  if (lost > 0) log.warn("some lines of the history of the rules make no sense and are left out", { file: path, lost });
  return shortened(entries);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
