import type { ReadableHead } from "../request-facts.ts";
import { NO_BODY } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";

/** A head on the wire as rules see it. Strings are made of what they ask for, and of nothing else. */
export class RequestView implements ReadableHead {
  method = "";
  path = "";
  hasBody = false;
  private readonly head: RequestHead;

  constructor(head: RequestHead) {
    this.head = head;
  }

  /** Another head is there. */
  begin(): this {
    const { head } = this;
    this.method = head.method;
    this.path = head.path();
    this.hasBody = head.bodyLength !== NO_BODY && head.bodyLength !== 0;
    return this;
  }

  get query(): string {
    const { fields, form, pathEnd, targetEnd } = this.head;
    return form === "asterisk" || pathEnd === targetEnd ? "" : fields.bytes.toString("latin1", pathEnd + 1, targetEnd);
  }

  header(name: string): string | undefined {
    return this.head.fields.get(name);
  }
}
