import { COMMA, HTAB, SP, spells, TOKEN } from "./bytes.ts";
import { type Fields, fieldName } from "./fields.ts";
import { CONNECTION, kindOf } from "./known-fields.ts";

const CLOSE = fieldName("close").bytes;
const KEEP_ALIVE = fieldName("keep-alive").bytes;
const UPGRADE = fieldName("upgrade").bytes;
/** Connection cannot take these away: we act on them ourselves. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "host", "expect"]);
/** Each is looked for among all fields. */
const MAX_OPTIONS = 32;

/** What the Connection fields of a head say. */
export class Connection {
  close = false;
  keepAlive = false;
  upgrade = false;
  /** The first Connection field that is more than one word. */
  private listField = -1;

  reset(): void {
    this.close = false;
    this.keepAlive = false;
    this.upgrade = false;
    this.listField = -1;
  }

  /** The field of index `i` is a Connection field. */
  note(bytes: Buffer, i: number, start: number, end: number): void {
    // Nearly all say one of these two and nothing else.
    if (spells(bytes, start, end, KEEP_ALIVE)) this.keepAlive = true;
    else if (spells(bytes, start, end, CLOSE)) this.close = true;
    else if (this.listField < 0) this.listField = i;
  }

  /** All fields are there: drops those that are named. False: not a list of options, or one of them is for everybody. */
  finish(bytes: Buffer, fields: Fields): boolean {
    if (this.listField < 0) return true;
    let options = 0;
    for (let i = this.listField; i < fields.count; i++) {
      if (kindOf(bytes, fields.nameStart[i] ?? 0, fields.nameEnd[i] ?? 0) !== CONNECTION) continue;
      const end = fields.valueEnd[i] ?? 0;
      let p = fields.valueStart[i] ?? 0;
      while (p < end) {
        const start = p;
        while (p < end && TOKEN[bytes[p] ?? 0] !== 0) p++;
        if (p > start && (++options > MAX_OPTIONS || !this.take(bytes, start, p, fields))) return false;
        while (p < end && (bytes[p] === SP || bytes[p] === HTAB)) p++;
        if (p < end && bytes[p++] !== COMMA) return false;
        while (p < end && (bytes[p] === SP || bytes[p] === HTAB)) p++;
      }
    }
    return true;
  }

  private take(bytes: Buffer, start: number, end: number, fields: Fields): boolean {
    if (spells(bytes, start, end, KEEP_ALIVE)) this.keepAlive = true;
    else if (spells(bytes, start, end, CLOSE)) this.close = true;
    else if (spells(bytes, start, end, UPGRADE)) this.upgrade = true;
    else {
      const name = fieldName(bytes.toString("latin1", start, end));
      if (FOR_EVERYBODY.has(name.text)) return false;
      fields.drop(name);
    }
    return true;
  }
}
