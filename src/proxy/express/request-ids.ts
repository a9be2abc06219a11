import { randomBytes } from "node:crypto";
import { fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";

const ID = fieldName("x-request-id");
const MAX_LENGTH = 128;

/** Names requests. A name that was sent is kept, so that one request has one name in everybody's logs. */
export class RequestIds {
  /** Twelve random digits tell processes apart, a counter the requests of one; cheaper than dice for each. */
  private readonly prefix = randomBytes(6).toString("hex");
  private next = randomBytes(4).readUInt32BE();

  idOf(head: RequestHead): string {
    const { fields } = head;
    const field = fields.find(ID);
    if (field >= 0) {
      const sent = fields.value(field);
      if (isSane(sent)) return sent;
    }
    this.next = (this.next + 1) >>> 0;
    return `${this.prefix}-${this.next.toString(16)}`;
  }
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
