/** Why bytes are not taken: they break the rules, or could be read in two ways. The connection they came on must close. */
export interface Refusal {
  /** The status that a client gets for it. A server's mistake is a 502 whatever stands here. */
  readonly status: number;
  /** Stable, for logs and `x-canary-error`. */
  readonly code: keyof typeof SENTENCES;
  readonly message: string;
}

const SENTENCES = {
  bad_start:
    "The connection does not begin with an HTTP/1.x request line. Send one, with nothing but one CRLF before it.",
  unknown_method: "The method is not a registered HTTP method, or is CONNECT, which this proxy does not serve.",
  bad_target:
    "The request target is not a path that begins with /, an http(s) URL or, for OPTIONS, a lone *. Percent-encode what a URL cannot hold and leave the fragment out.",
  long_target: "The request target is longer than this proxy takes. Move data from the URL to the body.",
  bad_version: "The first line does not end in HTTP/1.0 or HTTP/1.1, in capitals and followed by CRLF.",
  unknown_version: "The protocol version is not HTTP/1.0 or HTTP/1.1, the only ones spoken here.",
  bad_status_line: "The first line of the answer is not `HTTP/1.x`, a status of 100 to 599 and a reason.",
  bad_line_end: "A line of the head ends in a lone CR or LF. End lines with CRLF.",
  folded_field: "A header line begins with white space. Write each header field on one line.",
  bad_field_name:
    "A header field's name is empty, is not followed at once by a colon, or holds a character no name can.",
  bad_field_value: "A header field's value holds a control character.",
  large_head: "The head is larger than this proxy takes. Send fewer or shorter header fields.",
  many_fields: "The head has more header fields than this proxy takes. Send fewer.",
  bad_length: "Content-Length is not one plain decimal number of at most 15 digits. Send it once, digits only.",
  two_lengths:
    "The message has both Content-Length and Transfer-Encoding, or one of them twice. Send one of them, once.",
  bad_coding: "Transfer-Encoding is not exactly `chunked`, the only transfer coding taken.",
  old_coding: "Transfer-Encoding does not exist in HTTP/1.0. Use Content-Length or HTTP/1.1.",
  framing_lookalike:
    "A header field's name looks like Content-Length or Transfer-Encoding but is written without its hyphen.",
  bad_host: "Host is missing, empty, sent twice or not `host` or `host:port`. Send one, without user or path.",
  bad_connection:
    "Connection is not a list of at most 32 tokens, or names a field that is for every recipient, such as Host.",
  unknown_expectation: "Expect asks for something other than `100-continue`, the only expectation known.",
  bad_upgrade: "A WebSocket handshake is a GET without a body; see RFC 6455 4.1.",
  unasked_length: "A 1xx answer has a body.",
  closing_interim: "A 1xx answer says `Connection: close`, though the answer proper is still to come.",
  bad_chunk_size: "A chunk does not begin with its size: 1 to 12 hexadecimal digits, then CRLF or an extension.",
  bad_chunk_extension: 'A chunk extension is not `;name`, `;name=token` or `;name="text"`.',
  large_chunk_extension: "The chunk extensions are larger than this proxy takes. Leave them out: nobody reads them.",
  bad_chunk_end: "A chunk's data is not followed by CRLF: it is longer or shorter than its size says.",
  bad_trailer: "A trailer field's line is not `name: value` and CRLF.",
  forbidden_trailer:
    "A trailer field is one that only a head may carry: about framing, routing, credentials or this hop.",
  large_trailers: "The trailer section is larger than this proxy takes. Send fewer or shorter trailer fields.",
} as const;

/** The statuses of what is not a plain 400. */
const STATUSES: Partial<Record<Refusal["code"], number>> = {
  unknown_method: 501,
  long_target: 414,
  unknown_version: 505,
  large_head: 431,
  many_fields: 431,
  unknown_expectation: 417,
};

export function refusalOf(code: Refusal["code"]): Refusal {
  return { status: STATUSES[code] ?? 400, code, message: SENTENCES[code] };
}
