import { startRaw, type Upstream } from "./upstream.ts";

/** A request as a reader that gives nothing the benefit of the doubt found it on the wire. */
export interface Recorded {
  readonly method: string;
  readonly target: string;
  /** Names (lower-case) and values in the order of the wire. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The data, without chunks. */
  readonly body: string;
  /** Everything, byte for byte. */
  readonly raw: string;
  /** On which of the connections it came, counted from 0. */
  readonly connection: number;
}

export interface Recorder extends Upstream {
  readonly requests: Recorded[];
  /** What a second reader could have read in another way. Nothing on that connection is read any more. */
  readonly faults: string[];
  /** Values of that field in the last request. */
  values(name: string): string[];
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/1\\.[01]$`);
const FIELD = new RegExp(`^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`);
const CHUNK_SIZE = /^[0-9a-f]{1,12}$/i;
const LOOKALIKE = /^(transfer|content)[_ -]?(encoding|length)$/;
const GENUINE = new Set(["transfer-encoding", "content-length", "content-encoding"]);

/** `body` as an answer with a length. */
export function okWith(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A server that writes down what it gets and answers each request with what `answer` says: its target, when nothing is said. */
export async function startRecorder(answer = (request: Recorded): string => okWith(request.target)): Promise<Recorder> {
  const requests: Recorded[] = [];
  const faults: string[] = [];
  let connections = 0;
  const upstream = await startRaw((socket) => {
    const connection = connections++;
    let unread = "";
    let lost = false;
    socket.on("data", (bytes) => {
      unread += bytes.toString("latin1");
      while (!lost && unread !== "") {
        const message = read(unread);
        if (message === undefined) return;
        if (typeof message === "string") {
          faults.push(message);
          lost = true;
          return;
        }
        unread = unread.slice(message.raw.length);
        const request = { ...message, connection };
        requests.push(request);
        const text = answer(request);
        socket.write(request.method === "HEAD" ? text.slice(0, text.indexOf("\r\n\r\n") + 4) : text, "latin1");
      }
    });
  });
  const values = (name: string): string[] =>
    (requests.at(-1)?.fields ?? []).filter(([known]) => known === name).map(([, value]) => value);
  return { ...upstream, requests, faults, values };
}

/** The first request in `text`; undefined: there is no whole one; a string: what is wrong with it. */
function read(text: string): Omit<Recorded, "connection"> | string | undefined {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) return undefined;
  const [first = "", ...lines] = text.slice(0, headEnd - 4).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) return `request line ${JSON.stringify(first)}`;
  const fields: [string, string][] = [];
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return `header line ${JSON.stringify(line)}`;
    fields.push([name.toLowerCase(), value]);
  }
  const fault = faultOf(fields);
  if (fault !== undefined) return fault;
  const of = (name: string): string | undefined => fields.find(([known]) => known === name)?.[1];
  const body =
    of("transfer-encoding") === undefined
      ? readLength(text, headEnd, Number(of("content-length") ?? 0))
      : readChunks(text, headEnd);
  if (body === undefined || typeof body === "string") return body;
  return { method, target, fields, body: body.data, raw: text.slice(0, body.end) };
}

function faultOf(fields: readonly (readonly [string, string])[]): string | undefined {
  const of = (name: string): string[] => fields.filter(([known]) => known === name).map(([, value]) => value);
  const lengths = of("content-length");
  const codings = of("transfer-encoding");
  const lookalike = fields.find(([name]) => LOOKALIKE.test(name) && !GENUINE.has(name));
  if (lookalike !== undefined) return `lookalike ${lookalike[0]}`;
  if (lengths.length + codings.length > 1) return "two framings";
  if (lengths.some((length) => !/^\d{1,15}$/.test(length))) return `length ${lengths[0]}`;
  if (codings.some((coding) => coding.toLowerCase() !== "chunked")) return `coding ${codings[0]}`;
  return of("host").length === 1 ? undefined : `${of("host").length} hosts`;
}

interface Body {
  readonly data: string;
  readonly end: number;
}

function readLength(text: string, start: number, length: number): Body | undefined {
  const end = start + length;
  return text.length < end ? undefined : { data: text.slice(start, end), end };
}

function readChunks(text: string, start: number): Body | string | undefined {
  let at = start;
  let data = "";
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = text.slice(at, lineEnd);
    if (!CHUNK_SIZE.test(size)) return `chunk size ${JSON.stringify(size)}`;
    const from = lineEnd + 2;
    const to = from + Number.parseInt(size, 16);
    if (to === from) break;
    if (text.length < to + 2) return undefined;
    if (text.slice(to, to + 2) !== "\r\n") return "chunk data without its end";
    data += text.slice(from, to);
    at = to + 2;
  }
  for (let line = text.indexOf("\r\n", at) + 2; ; ) {
    const next = text.indexOf("\r\n", line);
    if (next < 0) return undefined;
    if (next === line) return { data, end: next + 2 };
    if (!FIELD.test(text.slice(line, next))) return `trailer line ${JSON.stringify(text.slice(line, next))}`;
    line = next + 2;
  }
}
