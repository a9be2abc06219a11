import { spells } from "./bytes.ts";
import { type Fields, fieldName } from "./fields.ts";
import { hasMember } from "./list.ts";

const UPGRADE = fieldName("upgrade");
const WEBSOCKET = fieldName("websocket").bytes;
const H2C = fieldName("h2c").bytes;

/** What the Upgrade fields, the first of which has index `first`, ask for. Anything with h2c in it is "h2c". */
export function upgradeTo(fields: Fields, first: number): "websocket" | "h2c" | "other" {
  let isWebSocket = true;
  for (let i = first; i >= 0; i = fields.find(UPGRADE, i + 1)) {
    const start = fields.valueStart[i] ?? 0;
    const end = fields.valueEnd[i] ?? 0;
    if (hasMember(fields.bytes, start, end, H2C)) return "h2c";
    if (i !== first || !spells(fields.bytes, start, end, WEBSOCKET)) isWebSocket = false;
  }
  return isWebSocket ? "websocket" : "other";
}
