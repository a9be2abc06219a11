import { readFile } from "node:fs/promises";

/** Where the text of a key set is read from. */
export interface KeyText {
  /** Reads it within `timeoutMs`; rejects with a reason. */
  read(timeoutMs: number): Promise<string>;
  /** When it is read again by itself, in ms. */
  readonly maxAgeMs: number;
  /** The shortest time between two attempts, in ms: also a flood of tokens by unknown keys must not make more. */
  readonly pauseMs: number;
}

/** At a URL or the path of a file. */
export function keyTextAt(at: string): KeyText {
  return /^https?:\/\//i.test(at)
    ? { read: (timeoutMs) => download(at, timeoutMs), maxAgeMs: 300_000, pauseMs: 10_000 }
    : {
        read: (timeoutMs) => readFile(at, { encoding: "utf8", signal: AbortSignal.timeout(timeoutMs) }),
        maxAgeMs: 2_000,
        pauseMs: 1_000,
      };
}

/** Far more than any key set has. */
const MOST_BYTES = 1024 * 1024;

async function download(url: string, timeoutMs: number): Promise<string> {
  const answer = await fetch(url, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "error", // who can redirect could send us to keys of his own
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`it answers with status ${answer.status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`it answers with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
