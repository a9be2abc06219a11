import { toBytes } from "../../routing/bytes.ts";
import type { ExtraHeader, Version } from "../../routing/rules.ts";
import { type FieldName, type Fields, fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { fieldLine } from "../wire/write-head.ts";
import type { Pool } from "./pool.ts";

/** How one version is asked: where, and what is changed of the request on the way. */
export interface Delivery {
  /** One for each endpoint. */
  readonly pools: readonly Pool[];
  readonly rewrite: { readonly prefix: Buffer; readonly to: Buffer } | undefined;
  /** Fields of the client's that the version's own replace. */
  readonly replaced: readonly FieldName[];
  readonly lines: Buffer;
}

/** What a delivery is made with. */
export interface Surroundings {
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** Something that an operator should know. */
  warn(message: string): void;
}

export function deliveryTo(version: Version, pools: readonly Pool[], surroundings: Surroundings): Delivery {
  const { headers = [], path } = version;
  const lines = headers.map((header) => lineOf(header, version, surroundings));
  return {
    pools,
    rewrite: path && {
      prefix: Buffer.from(toBytes(path.prefix), "latin1"),
      to: Buffer.from(toBytes(path.to), "latin1"),
    },
    replaced: headers.map(({ name }) => fieldName(name)),
    lines: Buffer.concat(lines),
  };
}

/** A header whose secret is not there is left out: the server will say that it is missing, and what it is. */
function lineOf({ name, value }: ExtraHeader, { version }: Version, { env, warn }: Surroundings): Buffer {
  let text = "";
  for (const part of value) {
    const piece = part.from === "text" ? part.text : env(part.env);
    if (piece === undefined && part.from === "env") {
      warn(
        `Version ${version} wants ${part.env} of the environment in its header ${name}, and it is not set; the header is left out.`,
      );
      return NOTHING;
    }
    text += piece;
  }
  try {
    return fieldLine(name, text);
  } catch {
    warn(`The header ${name} of version ${version} would hold characters that no header can; it is left out.`);
    return NOTHING;
  }
}

/** Where the path goes on after the part that is replaced; -1: it is not replaced. */
export function rewrittenFrom(head: RequestHead, prefix: Buffer): number {
  const { fields, pathStart, pathEnd, form } = head;
  const end = pathStart + prefix.length;
  if (form === "asterisk" || end > pathEnd || !sameBytes(fields, pathStart, prefix)) return -1;
  return end === pathEnd || fields.bytes[end] === SLASH ? end : -1;
}

function sameBytes({ bytes }: Fields, start: number, wanted: Buffer): boolean {
  return bytes.compare(wanted, 0, wanted.length, start, start + wanted.length) === 0;
}

const SLASH = 0x2f;
const NOTHING = Buffer.alloc(0);
