import { readFile, stat } from "node:fs/promises";
import { parse, YAMLError } from "yaml";
import { z } from "zod";
import type { Log } from "../log.ts";
import { toBytes } from "../routing/bytes.ts";
import type { Directory, DirectoryAnswers, KeyOwner } from "./directory.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/** Some 10,000 customers. Reading them takes 100 ms in which no request goes on; more have their place in Redis. */
const MOST_BYTES = 256 * 1024;

interface Content {
  readonly owners: ReadonlyMap<string, KeyOwner>;
  readonly types: ReadonlyMap<string, string>;
}

/**
 * A YAML file with `apiKeys` (SHA-256 of a key → customer) and `customers` (customer → type). It is read again when it has
 * changed, which is looked for with each question. The last good content counts when there are mistakes in a new one.
 */
export function fileDirectory(path: string, log: Log): Directory {
  const serially = oneAtATime();
  let content: Content | undefined;
  /** Of the file that was read last, well or badly. */
  let seen = "";

  const read = async (): Promise<Content> => {
    const found = await stat(path);
    const mark = `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (content !== undefined && mark === seen) return content;
    try {
      if (found.size > MOST_BYTES) throw new Error(`it has ${found.size} bytes, at most ${MOST_BYTES} are read`);
      content = contentOf(await readFile(path, "utf8"));
    } catch (error) {
      if (content === undefined) throw error;
      log.warn("the directory of customers has mistakes, the last good one is used on", { path, why: reasonOf(error) });
    }
    seen = mark;
    return content;
  };
  const answer = async <T>(of: (content: Content) => (T | undefined)[]): Promise<DirectoryAnswers<T>> => {
    try {
      return { kind: "found", values: of(await serially(read)) };
    } catch (error) {
      return { kind: "unavailable", why: `${path}: ${reasonOf(error)}` };
    }
  };

  return {
    owners: (digests) => answer(({ owners }) => digests.map((digest) => owners.get(digest))),
    types: (customers) => answer(({ types }) => customers.map((customer) => types.get(customer))),
    close() {},
  };
}

const Name = z.string().min(1);
const Written = z.strictObject({
  customers: z.record(Name, Name).default({}),
  apiKeys: z.record(z.string().regex(/^[0-9a-f]{64}$/i), Name).default({}),
});

function contentOf(text: string): Content {
  // Failsafe: every scalar is a text, so that a customer may be called 0123 or no. The library's own look for keys that
  // occur twice compares each with each other.
  const { customers, apiKeys } = Written.parse(parse(text, { schema: "failsafe", uniqueKeys: false }) ?? {});
  const types = new Map(Object.entries(customers).map(([id, type]) => [toBytes(id), toBytes(type)]));
  const owners = new Map<string, KeyOwner>();
  for (const [digest, id] of Object.entries(apiKeys)) {
    const customer = toBytes(id);
    owners.set(digest.toLowerCase(), { customer, type: types.get(customer) });
  }
  return { owners, types };
}

/** Quotes nothing of the file: somebody may have written a key where its SHA-256 belongs. */
function reasonOf(error: unknown): string {
  if (error instanceof YAMLError) return `line ${error.linePos?.[0].line ?? "?"} is not YAML`;
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [section] = error.issues[0]?.path ?? [];
  return section === "apiKeys"
    ? "write below apiKeys the SHA-256 of each key in 64 hex digits, and after it the customer"
    : "write customers (id: type) and apiKeys (SHA-256: id)";
}
