import { COLON, CR, LF, LOWER, TOKEN, VALUE } from "./bytes.ts";
import type { Refusal } from "./refusal.ts";

const MAX_BYTES = 8_192;
const UNDERSCORE = 0x5f;

/**
 * RFC 9110 6.5.1: a receiver that merges trailers into its header must not be led by them in framing, routing, trust,
 * credentials or how the content is read. With `_` for `-` they are the same to some programs, so also to us.
 */
const FORBIDDEN: ReadonlySet<string> = new Set(
  (
    "content-length transfer-encoding host connection keep-alive proxy-connection te trailer upgrade expect " +
    "authorization proxy-authorization proxy-authenticate proxy-authentication-info www-authenticate cookie set-cookie " +
    "content-encoding content-range range max-forwards location forwarded x-real-ip via"
  ).split(" "),
);
const FORBIDDEN_PREFIXES = ["x-forwarded-", "x-canary"];
/** Longer names need not be looked at further than this. */
const LONGEST = Math.max(...[...FORBIDDEN].map((name) => name.length)) + 1;

// Where the reading stands.
const LINE_START = 0;
const NAME = 1;
const VALUE_REST = 2;
const LINE_LF = 3;
const LAST_LF = 4;

/** Reads a trailer section byte by byte, from after the last chunk's line to its end, to know that it is harmless. */
export class TrailerSection {
  /** Set once `take` says "refused". */
  code: Refusal["code"] = "bad_trailer";

  private state = LINE_START;
  private count = 0;
  /** The line's name so far, in small letters, `-` for `_`. */
  private name = "";

  begin(): void {
    this.state = LINE_START;
    this.count = 0;
  }

  /** The next byte. "end": it is the last of the section and of the body. */
  take(byte: number): "more" | "end" | "refused" {
    if (++this.count > MAX_BYTES) return this.refuse("large_trailers");
    switch (this.state) {
      case LINE_START:
        if (byte === CR) return this.to(LAST_LF);
        this.name = "";
        this.state = NAME;
        return this.takeName(byte);
      case NAME:
        return this.takeName(byte);
      case VALUE_REST:
        if (VALUE[byte] !== 0) return "more";
        return byte === CR ? this.to(LINE_LF) : this.refuse("bad_trailer");
      case LINE_LF:
        return byte === LF ? this.to(LINE_START) : this.refuse("bad_trailer");
      default:
        return byte === LF ? "end" : this.refuse("bad_trailer");
    }
  }

  private takeName(byte: number): "more" | "refused" {
    if (TOKEN[byte] !== 0) {
      if (this.name.length < LONGEST) this.name += String.fromCharCode(byte === UNDERSCORE ? 0x2d : (LOWER[byte] ?? 0));
      return "more";
    }
    if (byte !== COLON || this.name === "") return this.refuse("bad_trailer");
    return isForbidden(this.name) ? this.refuse("forbidden_trailer") : this.to(VALUE_REST);
  }

  private to(state: number): "more" {
    this.state = state;
    return "more";
  }

  private refuse(code: Refusal["code"]): "refused" {
    this.code = code;
    return "refused";
  }
}

function isForbidden(name: string): boolean {
  return FORBIDDEN.has(name) || FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix));
}
