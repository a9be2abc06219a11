import type { Socket } from "node:net";

const NOTHING = Buffer.alloc(0);

/** Something that is written to. */
export type Receiver = Pick<Socket, "writableLength">;

/**
 * Whether something that was written still waits in our memory, because the kernel did not take it. Whoever writes must
 * then stop at once, not when the stream's own mark is reached: pieces are cut from blocks (`Slab`) and from what was read,
 * and however small, each keeps its whole block alive.
 */
export function isBehind(socket: Receiver): boolean {
  return socket.writableLength > 0;
}

/** Calls `then` once the kernel has taken all that was written so far; never when the socket breaks before. */
export function onceFlushed(socket: Socket, then: () => void): void {
  // "drain" is told only of what reached the stream's mark; an empty write comes back in every case.
  socket.write(NOTHING, (error) => {
    if (error === null || error === undefined) then();
  });
}
