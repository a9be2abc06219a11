import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * Ends a connection so that the other side cannot take what it got for whole: a reset cannot be taken for the end of an answer
 * that ends with its connection. TLS has no such call, and its clients know a proper end by its close_notify. A connection that has
 * been told to end cannot be reset while it does: libuv refuses, and Node then forgets the socket without closing it.
 */
export function breakOff(socket: Socket): void {
  if (socket instanceof TLSSocket || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
