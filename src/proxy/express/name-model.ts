import { replaceModel } from "../../inference/model-in-body.ts";
import { toBytes } from "../../routing/bytes.ts";
import type { Version } from "../../routing/rules.ts";
import type { Tools } from "./tools.ts";

/**
 * Puts the name under which the version serves its model in the place of the one that the body says, which has been read.
 * @returns by how many bytes the body has grown.
 */
export function nameModel({ model }: Version, { head, request }: Tools): number {
  if (model === undefined) return 0;
  const changed = replaceModel(head.fields.get("content-type"), request.peek(), toBytes(model));
  if (changed === undefined) return 0;
  return request.replace(Buffer.from(changed.buffer, changed.byteOffset, changed.length));
}
