import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { atMost } from "../at-most.ts";

declare module "node:zlib" {
  /** From Node 22.15 on; the types are those of the oldest Node that the router runs on. */
  const createZstdDecompress:
    | ((options: zlib.ZlibOptions & { params: Record<number, number> }) => Transform)
    | undefined;
}

/** A content coding that can be taken off (RFC 9110 8.4.1; `zstd`: RFC 8878, from Node 22.15 on). */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** The beginning of a body without its coding. */
export interface DecodedBody {
  readonly body: Buffer;
  /** The limit was not reached. */
  readonly whole: boolean;
}

/** What a body is coded with; undefined: with nothing; `unknown`: with something that cannot be taken off, or more than one. */
export function codingOf(contentEncoding: string | undefined): Coding | "unknown" | undefined {
  if (contentEncoding === undefined) return undefined;
  const said = contentEncoding.trim().toLowerCase();
  switch (said) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
    case "br":
      return said;
    case "zstd":
      return zlib.createZstdDecompress === undefined ? "unknown" : "zstd";
    default:
      return "unknown";
  }
}

/** Each may cost some MiB while it lasts: brotli's window has up to 16 MiB, that of zstd 8 MiB as RFC 9659 has it. */
const MOST_AT_ONCE = 8;
const ZSTD_WINDOW_LOG = 23;
const ZSTD_D_WINDOW_LOG_MAX = 100;
const ZSTD_E_FLUSH = 1;
const CHUNK = 64 * 1024;

const inTurn = atMost(MOST_AT_ONCE);

/**
 * Takes the coding off, in Node's thread pool: up to `limit` bytes, and not one more is made, so that a bomb costs what any other
 * body does. `coded` may be a beginning only. Never rejects; undefined: it is not of that coding.
 */
export function decoded(coding: Coding, coded: Buffer, limit: number): Promise<DecodedBody | undefined> {
  return inTurn(() => decode(coding, coded, limit));
}

function decode(coding: Coding, coded: Buffer, limit: number): Promise<DecodedBody | undefined> {
  return new Promise((resolve) => {
    const decoder = decoderOf(coding, coded);
    if (decoder === undefined) return resolve(undefined);
    const pieces: Buffer[] = [];
    let size = 0;
    const end = (whole: boolean): void => {
      decoder.destroy();
      resolve(size === 0 ? undefined : { body: Buffer.concat(pieces), whole });
    };
    decoder.on("data", (piece: Buffer) => {
      const room = limit - size;
      pieces.push(piece.length > room ? piece.subarray(0, room) : piece);
      size += Math.min(piece.length, room);
      if (piece.length > room) end(false);
    });
    decoder.on("end", () => end(true));
    decoder.on("error", () => end(false));
    decoder.end(coded);
  });
}

/** What has come of a body that is cut off is given out, and not held back until the rest has come. */
function decoderOf(coding: Coding, coded: Buffer): Transform | undefined {
  switch (coding) {
    case "gzip":
      return zlib.createGunzip({ chunkSize: CHUNK, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case "deflate": {
      const options = { chunkSize: CHUNK, finishFlush: zlib.constants.Z_SYNC_FLUSH };
      // Some send it without the header of RFC 1950, which always begins with an 8 in the low bits.
      return ((coded[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate(options) : zlib.createInflateRaw(options);
    }
    case "br":
      return zlib.createBrotliDecompress({ chunkSize: CHUNK, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case "zstd":
      return zlib.createZstdDecompress?.({
        chunkSize: CHUNK,
        finishFlush: ZSTD_E_FLUSH,
        params: { [ZSTD_D_WINDOW_LOG_MAX]: ZSTD_WINDOW_LOG },
      });
  }
}
