import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * Ends a connection so that the other side cannot take what it got for whole: a reset cannot be taken for the end of an answer
 * that ends with its connection. TLS has no such call, and its clients know a proper end by its close_notify.
 */
export function breakOff(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
