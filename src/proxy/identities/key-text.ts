import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import type { LookupFunction } from "node:net";
import { readSmallFile, SMALL_BYTES } from "../small-file.ts";

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
export function keyTextAt(at: string, lookup: LookupFunction): KeyText {
  return /^https?:\/\//i.test(at)
    ? { read: (timeoutMs) => download(new URL(at), timeoutMs, lookup), maxAgeMs: 300_000, pauseMs: 10_000 }
    : {
        read: (timeoutMs) => readSmallFile(at, AbortSignal.timeout(timeoutMs)),
        maxAgeMs: 2_000,
        pauseMs: 1_000,
      };
}

/** No redirect is followed: who can redirect could send us to keys of his own. */
async function download(url: URL, timeoutMs: number, lookup: LookupFunction): Promise<string> {
  const get = url.protocol === "https:" ? getSecurely : getPlain;
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: "application/jwk-set+json, application/json" };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { signal, headers, lookup, agent: false }, resolve).on("error", reject);
  });
  try {
    if (answer.statusCode !== 200) throw new Error(`it answers with status ${answer.statusCode}`);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer) {
      length += chunk.length;
      if (length > SMALL_BYTES) throw new Error(`it answers with more than ${SMALL_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    answer.destroy();
  }
}
