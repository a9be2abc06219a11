import type { RequestHead } from "../../../src/proxy/wire/request-head.ts";
import type { ResponseHead } from "../../../src/proxy/wire/response-head.ts";

/** One char per byte. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/**
 * Gives the reader the text in pieces that end at `cuts`, each time in another buffer at another offset. Returns what it
 * said last, and the offset where the text began then.
 */
export function readInPieces(
  head: RequestHead | ResponseHead,
  text: string,
  cuts: readonly number[],
): [string, number] {
  const bytes = bytesOf(text);
  for (const [i, cut] of cuts.entries()) {
    const start = (i * 7) % 5;
    const moved = Buffer.concat([Buffer.alloc(start, "x"), bytes.subarray(0, cut)]);
    const state = head.read(moved, start, moved.length);
    if (state !== "incomplete") return [state, start];
  }
  return [head.read(bytes, 0, bytes.length), 0];
}

/** All that a request's reader says, without offsets. */
export function requestSays(head: RequestHead, state: string, start = 0): unknown {
  if (state === "refused") return { state, code: head.refusal?.code, status: head.refusal?.status };
  if (state === "incomplete") return { state, untouched: head.untouched };
  const text = (from: number, to: number) => head.fields.bytes.toString("latin1", from, to);
  return {
    state,
    method: head.method,
    form: head.form,
    target: text(head.targetStart, head.targetEnd),
    path: head.path(),
    authority: head.authorityStart < 0 ? undefined : text(head.authorityStart, head.authorityEnd),
    minor: head.minor,
    bodyLength: head.bodyLength,
    keepAlive: head.keepAlive,
    upgrade: head.upgrade,
    upgradeTo: head.upgradeTo,
    expectContinue: head.expectContinue,
    teTrailers: head.teTrailers,
    length: head.end - start,
    fields: fieldsSay(head),
  };
}

/** All that an answer's reader says, without offsets. */
export function responseSays(head: ResponseHead, state: string, start = 0): unknown {
  if (state === "refused") return { state, code: head.refusal?.code, status: head.refusal?.status };
  if (state === "incomplete") return { state };
  return {
    state,
    status: head.status,
    reason: head.fields.bytes.toString("latin1", head.reasonStart, head.reasonEnd),
    minor: head.minor,
    bodyLength: head.bodyLength,
    contentLengthField: head.contentLengthField,
    keepAlive: head.keepAlive,
    length: head.end - start,
    fields: fieldsSay(head),
  };
}

/** `name: value` of each field; in brackets when it is dropped. */
export function fieldsSay({ fields }: RequestHead | ResponseHead): string[] {
  return Array.from({ length: fields.count }, (_, i) => {
    const name = fields.bytes.toString("latin1", fields.nameStart[i], fields.nameEnd[i]);
    const line = fields.bytes.toString("latin1", fields.lineStart(i), fields.lineEnd(i));
    if (!line.startsWith(`${name}:`) || !line.endsWith("\r\n")) throw new Error(`line ${JSON.stringify(line)}`);
    return fields.dropped[i] === 1 ? `[${name}: ${fields.value(i)}]` : `${name}: ${fields.value(i)}`;
  });
}
