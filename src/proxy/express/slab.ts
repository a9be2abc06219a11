import type { Socket } from "node:net";

/** Whose socket a posted piece leaves by. */
export interface Sender {
  readonly socket: Socket;
  /** The last posted piece has left, or waits in the socket because the kernel did not take all of it. */
  onPosted(): void;
}

/** What is larger leaves at once: waiting is for those whose own cost is a wake-up of the receiver. */
const MOST_POSTED = 16 * 1024;

/**
 * Memory for what we write: pieces are cut one after another from a large block. What the kernel takes at once, as it does unless
 * the receiver is slow, needs its memory no longer, and the next pieces are written there: large bodies would else allocate
 * as much as they carry, and the collector could not rest.
 *
 * Small pieces can be posted: they leave together when all that has come in this round of events has been worked on. The
 * receivers, which share cores, then find several in one go instead of being woken for each.
 */
export class Slab {
  block: Buffer;
  /** Where the next piece begins. */
  at = 0;
  private readonly size: number;
  /** The first `posted` are what was posted. They keep their length: an array that is emptied has to grow again. */
  private readonly pieces: (Buffer | undefined)[] = [];
  private readonly senders: (Sender | undefined)[] = [];
  private posted = 0;
  /** Where the first of them begins. */
  private from = 0;
  private roundGoes = false;
  private readonly onRoundOver = (): void => {
    this.roundGoes = false;
    this.flush();
  };

  constructor(size = 64 * 1024) {
    this.size = size;
    this.block = Buffer.allocUnsafeSlow(size);
  }

  /** Makes sure that `bytes` can be written at `at` in one piece. */
  reserve(bytes: number): void {
    if (this.block.length - this.at >= bytes) return;
    this.flush();
    if (this.block.length - this.at >= bytes) return;
    this.block = Buffer.allocUnsafeSlow(Math.max(this.size, bytes));
    this.at = 0;
  }

  /** Sends what was written from `at` up to `end`, behind all that was posted. */
  send(end: number, socket: Socket): void {
    let { at } = this;
    const piece = this.take(end);
    if (this.posted > 0 && this.leave()) at = this.from;
    socket.write(piece);
    if (socket.writableLength === 0) this.at = at;
  }

  /** Sends bytes that lie elsewhere, behind all that was posted. */
  pass(bytes: Buffer, socket: Socket): void {
    this.flush();
    socket.write(bytes);
  }

  /** Sends what was written from `at` up to `end` at the end of this round of events, unless the socket is gone by then. */
  post(end: number, sender: Sender): void {
    if (end - this.at > MOST_POSTED) {
      this.send(end, sender.socket);
      sender.onPosted();
      return;
    }
    if (this.posted === 0) this.from = this.at;
    if (!this.roundGoes) {
      this.roundGoes = true;
      setImmediate(this.onRoundOver);
    }
    this.pieces[this.posted] = this.take(end);
    this.senders[this.posted] = sender;
    this.posted++;
  }

  /** Sends what was posted: for whoever is about to write to such a socket without the slab, or to end it. */
  flush(): void {
    if (this.posted > 0 && this.leave()) this.at = this.from;
  }

  /** True: the kernel has taken all. */
  private leave(): boolean {
    const { pieces, senders } = this;
    let taken = true;
    for (let i = 0; i < this.posted; i++) {
      const piece = pieces[i];
      const sender = senders[i];
      if (piece === undefined || sender === undefined) continue;
      pieces[i] = undefined;
      senders[i] = undefined;
      const { socket } = sender;
      if (!socket.destroyed) socket.write(piece);
      if (socket.writableLength > 0) taken = false;
      sender.onPosted();
    }
    this.posted = 0;
    return taken;
  }

  /** Cuts off what was written from `at` up to `end`. */
  take(end: number): Buffer {
    const piece = this.block.subarray(this.at, end);
    this.at = end;
    return piece;
  }
}
