import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { MEMORY, READ_BUFFER } from "./memory.ts";

/** What a socket calls with what it has read: `bytes[0..length)`, valid during the call only. False: read no more for now. */
export type OnBytes = (bytes: Buffer, length: number) => boolean;

/** `piece`, or a copy of it where it lies in memory that is used again. */
export function kept(piece: Buffer): Buffer {
  return piece.buffer === MEMORY.buffer ? Buffer.from(piece) : piece;
}

/** What is read at a time of a large body. */
const MUCH = 128 * 1024;

/**
 * Where a connection reads into: the shared buffer, or while a large body comes one of its own. What lies there can be written
 * without a copy, as long as nothing is read before it has left.
 */
export class ReadingPlace {
  buffer = READ_BUFFER;

  /** From the next read on, a buffer of its own. */
  widen(): void {
    if (this.buffer === READ_BUFFER) this.buffer = Buffer.allocUnsafeSlow(MUCH);
  }

  /** From the next read on, the shared one. What still waits to be written keeps its memory. */
  narrow(): void {
    this.buffer = READ_BUFFER;
  }
}

/**
 * For the options of `net.connect` and `new Socket`: libuv fills one buffer and hands it over in one go, and whoever wants to
 * keep bytes copies them. That saves an allocation and a trip through the stream machinery for every read.
 */
export function onread(place: ReadingPlace, onBytes: OnBytes) {
  return {
    buffer: () => place.buffer,
    callback: (length: number, bytes: Buffer) => onBytes(bytes === READ_BUFFER ? MEMORY : bytes, length),
  };
}

/**
 * Makes an accepted socket read into that place. A server has no option for that, so the connection moves to a socket
 * that has: by its handle, the way `net.Server` itself hands it over. Where there is none (TLS) the socket stays as it is.
 */
export function readingInto(place: ReadingPlace, accepted: Socket, onBytes: OnBytes): Socket {
  const handle: unknown = "_handle" in accepted ? accepted._handle : undefined;
  if (accepted instanceof TLSSocket || typeof handle !== "object" || handle === null) {
    accepted.on("data", (chunk: Buffer) => onBytes(chunk, chunk.length));
    return accepted;
  }
  Object.assign(accepted, { _handle: null });
  accepted.destroy();
  const socket = new Socket({ handle, allowHalfOpen: true, onread: onread(place, onBytes) } as SocketByHandle);
  socket.setNoDelay(true);
  return socket;
}

/** The option exists since Node 0.x and is what `net.Server` uses; the documentation leaves it out. */
type SocketByHandle = ConstructorParameters<typeof Socket>[0] & { readonly handle: object };
