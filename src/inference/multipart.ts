import { byteString, bytesOf } from "./byte-string.ts";

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const NEAR = 32;
/** Longer heads of parts are not read: what follows is not known. */
const LONGEST_HEAD = 8192;
const LONGEST_VALUE = 4096;

/** A part of a form. */
export interface FormPart {
  /** As written between the quotes. */
  readonly name: string | undefined;
  /** The media type of a file; undefined: a plain field. */
  readonly file: { readonly contentType: string | undefined } | undefined;
  /** Where its bytes stand. */
  readonly start: number;
  readonly end: number;
}

/** The parts of a form that are here whole, in their order; the last is followed by a boundary too. */
export function* formParts(body: Uint8Array, boundary: string): Generator<FormPart, void> {
  const delimiter = bytesOf(`\r\n--${boundary}`);
  const opensAtOnce = startsWith(body, 0, delimiter.subarray(2));
  let end = opensAtOnce ? -2 : delimiterFrom(body, 0, delimiter);
  while (opensAtOnce || end >= 0) {
    const at = end + delimiter.length;
    if (body[at] === DASH) return;
    const headStart = body.indexOf(LF, at) + 1;
    const headEnd = headStart === 0 ? -1 : headEndFrom(body, headStart);
    if (headEnd < 0) return;
    const start = headEnd + 2;
    end = delimiterFrom(body, start, delimiter);
    if (end < 0) return;
    yield { ...readHead(byteString(body, headStart, headEnd)), start, end };
  }
}

/** The value of a plain field; undefined: it is no plain field, or too long to be a name. */
export function fieldValue(body: Uint8Array, part: FormPart): string | undefined {
  if (part.file !== undefined || part.end - part.start > LONGEST_VALUE) return undefined;
  return byteString(body, part.start, part.end);
}

/** The offset of the empty line's CR LF that ends the head; -1: it is not here. */
function headEndFrom(body: Uint8Array, from: number): number {
  const stop = Math.min(body.length - 1, from + LONGEST_HEAD);
  let lineStart = from;
  while (lineStart < stop) {
    if (body[lineStart] === CR && body[lineStart + 1] === LF) return lineStart;
    const lineEnd = body.indexOf(LF, lineStart);
    if (lineEnd < 0) return -1;
    lineStart = lineEnd + 1;
  }
  return -1;
}

/** The next delimiter that is followed by a line's end or `--`; -1: none. */
function delimiterFrom(body: Uint8Array, from: number, delimiter: Uint8Array): number {
  const last = body.length - delimiter.length - 2;
  let at = from;
  let near = at + NEAR;
  while (at <= last) {
    if (body[at] === CR && startsWith(body, at, delimiter) && endsDelimiter(body, at + delimiter.length)) return at;
    if (++at < near) continue;
    at = body.indexOf(CR, at); // native, but dear to start
    if (at < 0) return -1;
    near = at + NEAR;
  }
  return -1;
}

function endsDelimiter(body: Uint8Array, from: number): boolean {
  if (body[from] === DASH) return body[from + 1] === DASH;
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  return body[at] === CR && body[at + 1] === LF;
}

function startsWith(body: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (body[at + i] !== bytes[i]) return false;
  return true;
}

function readHead(head: string): Pick<FormPart, "name" | "file"> {
  let name: string | undefined;
  let isFile = false;
  let contentType: string | undefined;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    const field = line.slice(0, colon).trim().toLowerCase();
    if (field === "content-type") contentType = line.slice(colon + 1).trim();
    if (field !== "content-disposition") continue;
    name = parameter(line, "name");
    isFile = /;[ \t]*filename\*?[ \t]*=/i.test(line);
  }
  return { name, file: isFile ? { contentType } : undefined };
}

function parameter(line: string, name: string): string | undefined {
  const found = new RegExp(`;[ \\t]*${name}[ \\t]*=[ \\t]*(?:"([^"]*)"|([^\\s;"]+))`, "i").exec(line);
  return found?.[1] ?? found?.[2];
}
