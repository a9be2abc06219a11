import { replaceModelInHead, type Target } from "../../inference/model-in-head.ts";
import { toBytes } from "../../routing/bytes.ts";
import type { ExtraHeader, PathRewrite, Version } from "../../routing/rules.ts";
import { type FieldName, fieldName } from "../wire/fields.ts";
import { fieldLine } from "../wire/write-head.ts";
import type { Pool } from "./pool.ts";

/** How one version is asked: where, and what is changed of the request on the way. */
export interface Delivery {
  /** One for each endpoint. */
  readonly pools: readonly Pool[];
  /** Byte strings, like all that is compared with what came. */
  readonly rewrite: PathRewrite | undefined;
  /** The name under which the version serves its model. */
  readonly model: string | undefined;
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
  const { headers = [], path, model } = version;
  const lines = headers.map((header) => lineOf(header, version, surroundings));
  return {
    pools,
    rewrite: path && { prefix: toBytes(path.prefix), to: toBytes(path.to) },
    model: model === undefined ? undefined : toBytes(model),
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

/** Path and query as the version wants them, behind the endpoint's own path; undefined: as they came. */
export function wantedTarget(method: string, asked: Target, { model, rewrite }: Delivery): string | undefined {
  if (model === undefined && rewrite === undefined) return undefined;
  const named = model === undefined ? undefined : replaceModelInHead(method, asked, model);
  const { query } = named ?? asked;
  let { path } = named ?? asked;
  if (rewrite !== undefined && (path === rewrite.prefix || path.startsWith(`${rewrite.prefix}/`))) {
    path = rewrite.to + path.slice(rewrite.prefix.length) || "/";
  }
  return query === "" ? path : `${path}?${query}`;
}

const NOTHING = Buffer.alloc(0);
