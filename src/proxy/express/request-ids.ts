import { randomBytes } from "node:crypto";
import { fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";

const ID = fieldName("x-request-id");
const MAX_LENGTH = 128;

/** Requests that a process counts at the most, and processes that count: together all whole numbers that there are. */
const PART = 2 ** 40;
const MOST_PARTS = 2 ** 13;

/** A request's name: the one that was sent, or the number of one that we have made. */
export type RequestId = string | number;

/** Names requests. A name that was sent is kept, so that one request has one name in everybody's logs. */
export class RequestIds {
  /** Random digits tell replicas apart, a counter the requests of one: cheaper than dice for each. */
  readonly prefix: string;
  private next: number;
  /** The header line of a name of ours: only the digits at its end differ from one to the next. */
  private line = Buffer.alloc(0);
  private readonly lineStart: Buffer;

  /** @param prefix of a replica of several processes. @param part which of them this is: each counts from elsewhere. */
  constructor(prefix = `${randomBytes(8).toString("hex")}-`, part = 0) {
    this.prefix = prefix;
    this.next = (part % MOST_PARTS) * PART;
    this.lineStart = Buffer.from(`x-request-id: ${prefix}`);
  }

  idOf(head: RequestHead): RequestId {
    const { fields } = head;
    const field = fields.find(ID);
    if (field >= 0) {
      const sent = fields.value(field);
      if (isSane(sent)) return sent;
    }
    return ++this.next;
  }

  textOf(id: RequestId): string {
    return typeof id === "string" ? id : this.prefix + id;
  }

  /** The number in a name of ours, as this replica writes it; undefined: it is none. */
  numberIn(text: string): number | undefined {
    if (!text.startsWith(this.prefix)) return undefined;
    const number = Number(text.slice(this.prefix.length));
    return this.textOf(number) === text ? number : undefined;
  }

  /** The whole header line, valid until the next call. */
  lineOf(id: RequestId): Buffer {
    if (typeof id === "string") return Buffer.from(`x-request-id: ${id}\r\n`, "latin1");
    const digits = digitsOf(id);
    const start = this.lineStart.length;
    if (this.line.length !== start + digits + 2) {
      this.line = Buffer.concat([this.lineStart, Buffer.from(`${"0".repeat(digits)}\r\n`)]);
    }
    let rest = id;
    for (let at = start + digits - 1; at >= start; at--) {
      const tens = Math.floor(rest / 10);
      this.line[at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
    return this.line;
  }
}

function digitsOf(count: number): number {
  let digits = 1;
  for (let bound = 10; count >= bound; bound *= 10) digits++;
  return digits;
}

/** Visible ASCII without spaces, so that it can stand in any log. */
function isSane(id: string): boolean {
  if (id.length === 0 || id.length > MAX_LENGTH) return false;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}
