import type { RequestHead as Readable } from "../../routing/facts.ts";
import type { RequestHead } from "../wire/request-head.ts";

/** A head on the wire as rules see it. Strings are made of what they ask for, and of nothing else. */
export class RequestView implements Readable {
  readonly method: string;
  readonly path: string;
  private readonly head: RequestHead;

  constructor(head: RequestHead) {
    this.head = head;
    this.method = head.method;
    this.path = head.path();
  }

  header(name: string): string | undefined {
    return this.head.fields.get(name);
  }
}
