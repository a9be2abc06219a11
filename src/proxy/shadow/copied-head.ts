import { SECRET_FIELD } from "../../rules/version-extras.ts";
import { fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";

/** Where some APIs take keys. */
const SECRET_PARAMETER = /^(key|(x-)?api[-_]?key|access[-_]token|token|sig|signature|password)=/i;
const EXPECT = fieldName("expect");

/** The bytes of a head, to be read again. Without the keys in its query, unless they are kept. */
export function copiedHead(
  { fields: { bytes }, lineStart, targetStart, targetEnd, end }: RequestHead,
  keepsCredentials: boolean,
): Buffer {
  const whole = Buffer.from(bytes.subarray(lineStart, end));
  if (keepsCredentials) return whole;
  const target = bytes.toString("latin1", targetStart, targetEnd);
  const query = target.indexOf("?");
  if (query < 0) return whole;
  const kept = target
    .slice(query + 1)
    .split("&")
    .filter((part) => !SECRET_PARAMETER.test(part));
  const stripped = target.slice(0, query) + (kept.length === 0 ? "" : `?${kept.join("&")}`);
  return Buffer.concat([
    whole.subarray(0, targetStart - lineStart),
    Buffer.from(stripped, "latin1"),
    whole.subarray(targetEnd - lineStart),
  ]);
}

/** Marks what a copy does not carry: it waits for no 100, and keys, tokens and cookies are kept only where that is said. */
export function dropForCopy({ fields }: RequestHead, keepsCredentials: boolean): void {
  fields.drop(EXPECT);
  if (keepsCredentials) return;
  for (let i = 0; i < fields.count; i++) {
    const name = fields.bytes.toString("latin1", fields.nameStart[i], fields.nameEnd[i]).toLowerCase();
    if (SECRET_FIELD.test(name)) fields.dropped[i] = 1;
  }
}
