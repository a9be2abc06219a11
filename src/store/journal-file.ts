import { readFile } from "node:fs/promises";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { JOURNAL_LENGTH, type Journal, type JournalEntry, Journaled } from "./journal.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/** Lines of JSON beside the rules file. Where they cannot be written they last as long as the process, the one that writes them. */
export function fileJournal(path: string, log: Log): Journal {
  const serially = oneAtATime();
  let known: readonly JournalEntry[] | undefined;
  let told = false;
  const all = async (): Promise<readonly JournalEntry[]> => {
    known ??= await linesOf(path);
    return known;
  };
  return {
    note: (entry) =>
      serially(async () => {
        known = [...(await all()), entry].slice(-JOURNAL_LENGTH);
        try {
          await writeAtomically(path, known.map((one) => `${JSON.stringify(one)}\n`).join(""), 0o600);
        } catch (error) {
          if (told) return;
          told = true;
          log.warn("the history of cuts cannot be kept beside the rules file, so it ends with the process", {
            file: path,
            why: String(error),
          });
        }
      }),
    last: (most) => serially(async () => ({ kind: "journal", entries: (await all()).slice(-most).reverse() })),
    close: () => serially(async () => undefined),
  };
}

/** Lines that make no sense are left out, and go with the next entry; so does a file that cannot be read. */
async function linesOf(path: string): Promise<readonly JournalEntry[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const parsed = Journaled.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
