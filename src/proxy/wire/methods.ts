/** Every method that Node's own parser knows, without CONNECT. A method nobody knows cannot be framed safely. */
const NAMES = (
  "ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS " +
  "PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK " +
  "UNSUBSCRIBE"
).split(" ");
const BY_NAME: ReadonlyMap<string, string> = new Map(NAMES.map((name) => [name, name]));

export const LONGEST_METHOD = Math.max(...NAMES.map((name) => name.length));

/** The method that [start, end) spells, always the same string for the same method; undefined: unknown. */
export function methodOf(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  const first = bytes[start];
  if (
    length === 4 &&
    first === 0x50 &&
    bytes[start + 1] === 0x4f &&
    bytes[start + 2] === 0x53 &&
    bytes[start + 3] === 0x54
  ) {
    return "POST";
  }
  if (length === 3 && first === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54) return "GET";
  return BY_NAME.get(bytes.toString("latin1", start, end));
}
