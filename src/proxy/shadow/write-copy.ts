import { replaceModel } from "../../inference/model-in-body.ts";
import { toBytes } from "../../routing/bytes.ts";
import type { ShadowPlan } from "../../routing/shadow.ts";
import type { Pool } from "../express/pool.ts";
import type { Pools } from "../express/pools.ts";
import type { Slab } from "../express/slab.ts";
import type { UpstreamConnection } from "../express/upstream-connection.ts";
import { writeUpstreamHead } from "../express/upstream-head.ts";
import type { Sender } from "../onlooker.ts";
import { CHUNKED } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { fieldLine } from "../wire/write-head.ts";
import { dropForCopy } from "./copied-head.ts";

/** A copy of a request, but for its body. */
export interface CopiedRequest {
  readonly plan: ShadowPlan;
  readonly head: Buffer;
  readonly sender: Sender;
  readonly requestId: string;
  readonly path: string;
}

/** What a copy is written with. */
interface Writing {
  readonly pools: Pools;
  readonly slab: Slab;
  readonly reader: RequestHead;
}

const SHADOW_LINE = fieldLine("X-Canary-Shadow", "1");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

/** Sends a copy whole, as the version wants to be asked. @returns the method; undefined: its head cannot be read. */
export function writeCopy(
  { plan, head: bytes, sender, requestId }: CopiedRequest,
  body: Buffer,
  { endpoint }: Pool,
  { socket }: UpstreamConnection,
  { pools, slab, reader: head }: Writing,
): string | undefined {
  head.reset();
  if (head.read(bytes, 0, bytes.length) !== "complete") return undefined;
  dropForCopy(head, plan.shadow.keepsCredentials);
  const { model } = plan.version;
  const renamed = model && replaceModel(head.fields.get("content-type"), body, toBytes(model));
  const sent = renamed ? Buffer.from(renamed.buffer, renamed.byteOffset, renamed.length) : body;
  const lines = Buffer.concat([fieldLine("X-Request-Id", requestId), SHADOW_LINE]);
  const delivery = pools.deliveryTo(plan.version);
  const end = writeUpstreamHead(slab, sender, head, endpoint, delivery, lines, sent.length - body.length, 0);
  socket.cork();
  // In memory of its own: the slab's may be written anew before this socket has taken it.
  socket.write(Buffer.from(slab.block.subarray(slab.at, end)));
  if (head.bodyLength === CHUNKED) {
    if (sent.length > 0) socket.write(`${sent.length.toString(16)}\r\n`, "latin1");
    socket.write(sent);
    socket.write(sent.length > 0 ? LAST_CHUNK : LAST_CHUNK.subarray(2));
  } else socket.write(sent);
  socket.uncork();
  return head.method;
}
