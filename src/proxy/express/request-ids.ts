import { randomBytes } from "node:crypto";
import { fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";

const ID = fieldName("x-request-id");
const MAX_LENGTH = 128;

/** Names requests. A name that was sent is kept, so that one request has one name in everybody's logs. */
export class RequestIds {
  /** Random digits tell processes apart, a counter the requests of one: cheaper than dice for each. */
  private readonly prefix = `${randomBytes(8).toString("hex")}-`;
  private next = 0;

  idOf(head: RequestHead): string {
    const { fields } = head;
    const field = fields.find(ID);
    if (field >= 0) {
      const sent = fields.value(field);
      if (isSane(sent)) return sent;
    }
    return this.prefix + ++this.next;
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
