/** A POST with those header lines, whole, and that body. */
export const post = (lines: string, body: string): string => `POST /p HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
export const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);
/** A request without a body, with those header lines, whole. */
export const bare = (lines: string, line = "GET / HTTP/1.1"): string => `${line}\r\n${lines}\r\n`;
