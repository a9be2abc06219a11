import type { Socket } from "node:net";
import { type Block, blockOf } from "./memory.ts";

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
  at: number;
  /** The block that it began with and comes back to. */
  private readonly home: Block;
  /** Sockets that had not taken all that lies at home when it was written. */
  private readonly owing: Socket[] = [];
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

  constructor(home: Block) {
    this.home = home;
    this.block = home.bytes;
    this.at = home.start;
  }

  /** Makes sure that `bytes` can be written at `at` in one piece. */
  reserve(bytes: number): void {
    const { home } = this;
    if (this.block !== home.bytes && this.posted === 0 && this.isHomeFree()) this.goTo(home);
    if (this.block.length - this.at >= bytes) return;
    this.flush();
    if (this.block.length - this.at >= bytes) return;
    const size = home.bytes.length - home.start;
    this.goTo(bytes <= size && this.isHomeFree() ? home : blockOf(Math.max(size, bytes)));
  }

  private goTo({ bytes, start }: Block): void {
    this.block = bytes;
    this.at = start;
  }

  private isHomeFree(): boolean {
    const { owing } = this;
    for (let last = owing.at(-1); last !== undefined; last = owing.at(-1)) {
      if (last.writableLength > 0 && !last.destroyed) return false;
      owing.pop();
    }
    return true;
  }

  /** Sends what was written from `at` up to `end`, behind all that was posted. */
  send(end: number, socket: Socket): void {
    let { at } = this;
    const piece = this.take(end);
    if (this.posted > 0 && this.leave()) at = this.from;
    if (this.isTaken(piece, socket)) this.at = at;
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
      if (!socket.destroyed && !this.isTaken(piece, socket)) taken = false;
      sender.onPosted();
    }
    this.posted = 0;
    return taken;
  }

  /** Writes a piece. True: the kernel has taken it, and all that was before it on this socket. */
  private isTaken(piece: Buffer, socket: Socket): boolean {
    socket.write(piece);
    if (socket.writableLength === 0) return true;
    if (this.block === this.home.bytes) this.owing.push(socket);
    return false;
  }

  /** Cuts off what was written from `at` up to `end`. */
  private take(end: number): Buffer {
    const piece = this.block.subarray(this.at, end);
    this.at = end;
    return piece;
  }
}
