import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

const NOTHING = Buffer.alloc(0);
/** Bytes, in the words of `_write`; the type of its encodings leaves it out. */
const AS_BYTES = "buffer" as BufferEncoding;

/** Something that is written to. */
export type Receiver = Pick<Socket, "writableLength">;

/** Sockets whose kernel has not taken what was written past their streams. Nearly always none. */
const untaken = new Set<Receiver>();

/**
 * Whether something that was written still waits in our memory, because the kernel did not take it. Whoever writes must
 * then stop at once, not when the stream's own mark is reached: pieces are cut from blocks (`Slab`) and from what was read,
 * and however small, each keeps its whole block alive.
 */
export function isBehind(socket: Receiver): boolean {
  return socket.writableLength > 0 || (untaken.size > 0 && untaken.has(socket));
}

/** Calls `then` once the kernel has taken all that was written so far; never when the socket breaks before. */
export function onceFlushed(socket: Socket, then: () => void): void {
  // "drain" is told only of what reached the stream's mark; an empty write comes back in every case.
  socket.write(NOTHING, (error) => {
    if (error === null || error === undefined) then();
  });
}

let isWritten = false;
let fault: Error | undefined;
function onWritten(error?: Error | null): void {
  isWritten = true;
  fault = error ?? undefined;
}

/**
 * Writes like `socket.write`, but past the stream's bookkeeping where it has none to do: nothing waits, and the kernel mostly
 * takes all at once. The bookkeeping is a twentieth of what a small request costs. `_write` is what the stream itself calls
 * then: it gives the bytes to libuv, which keeps them in order, and calls back before it returns when they are out.
 */
export function writeAtOnce(socket: Socket, bytes: Buffer): void {
  // TLS never takes anything at once.
  if (isBehind(socket) || socket.connecting || socket instanceof TLSSocket) {
    socket.write(bytes);
    return;
  }
  isWritten = false;
  fault = undefined;
  socket._write(bytes, AS_BYTES, onWritten);
  if (fault !== undefined) process.nextTick(destroyed, socket, fault);
  if (isWritten || socket.destroyed) return;
  untaken.add(socket);
  // Queued behind those bytes, this comes back when they are out, and when the socket breaks: then the stream hears of it, too.
  socket.write(NOTHING, () => untaken.delete(socket));
}

function destroyed(socket: Socket, error: Error): void {
  socket.destroy(error);
}
