import { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * All plain connections read into one buffer: libuv fills it and hands it over in one go, and whoever wants to keep bytes
 * copies them. That saves an allocation and a trip through the stream machinery for every read.
 */
export const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** What a socket calls with what it has read: `bytes[0..length)`, valid during the call only. False: read no more for now. */
export type OnBytes = (bytes: Buffer, length: number) => boolean;

/** `piece`, or a copy of it where it lies in the buffer that the next read overwrites. */
export function kept(piece: Buffer): Buffer {
  return piece.buffer === READ_BUFFER.buffer ? Buffer.from(piece) : piece;
}

/** For the options of `net.connect` and `new Socket`. */
export function onread(onBytes: OnBytes): { buffer: Buffer; callback: (length: number) => boolean } {
  return {
    buffer: READ_BUFFER,
    callback: (length) => onBytes(READ_BUFFER, length),
  };
}

/**
 * Makes an accepted socket read into the shared buffer. A server has no option for that, so the connection moves to a socket
 * that has: by its handle, the way `net.Server` itself hands it over. Where there is none (TLS) the socket stays as it is.
 */
export function readingInto(accepted: Socket, onBytes: OnBytes): Socket {
  const handle: unknown = "_handle" in accepted ? accepted._handle : undefined;
  if (accepted instanceof TLSSocket || typeof handle !== "object" || handle === null) {
    accepted.on("data", (chunk: Buffer) => onBytes(chunk, chunk.length));
    return accepted;
  }
  Object.assign(accepted, { _handle: null });
  accepted.destroy();
  const socket = new Socket({ handle, allowHalfOpen: true, onread: onread(onBytes) } as SocketByHandle);
  socket.setNoDelay(true);
  return socket;
}

/** The option exists since Node 0.x and is what `net.Server` uses; the documentation leaves it out. */
type SocketByHandle = ConstructorParameters<typeof Socket>[0] & { readonly handle: object };
