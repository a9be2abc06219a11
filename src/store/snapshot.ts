import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/** The last good rules, for a start at which the store cannot be reached. */
export interface Snapshot {
  /** undefined: there is none, or none that can be trusted. Never rejects. */
  load(): Promise<SnapshotRules | undefined>;
  /** Never rejects: a disk that is full must not harm the routing. The last call wins. */
  save(rules: SnapshotRules): Promise<void>;
}

export interface SnapshotRules {
  readonly text: string;
  readonly revision: number;
}

const Content = z.object({ revision: z.int().nonnegative(), digest: z.string(), text: z.string() });

/** A snapshot at `path`, readable by the owner only: rules may name customers. */
export function snapshotFile(path: string, log: Log): Snapshot {
  const serially = oneAtATime();
  return {
    async load() {
      try {
        const { revision, digest, text } = Content.parse(JSON.parse(await readFile(path, "utf8")));
        if (digest !== digestOf(text)) throw new Error("its text and its digest differ");
        return { revision, text };
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        log.warn("the snapshot of the rules is not used: it cannot be read", { file: path, why: String(error) });
        return undefined;
      }
    },
    save: ({ text, revision }) =>
      serially(async () => {
        try {
          await mkdir(dirname(path), { recursive: true });
          await writeAtomically(path, `${JSON.stringify({ revision, digest: digestOf(text), text })}\n`, 0o600);
        } catch (error) {
          log.warn("the snapshot of the rules cannot be written: a start without the store would not have them", {
            file: path,
            why: String(error),
          });
        }
      }),
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
