import net from "node:net";
import tls from "node:tls";
import type { ExchangeFailure } from "../../routing/outcome.ts";
import type { EndpointTls } from "../endpoint-tls.ts";
import { isForWantOfRoom } from "../no-room.ts";
import { onread, ReadingPlace } from "./read-buffer.ts";
import type { Sender } from "./slab.ts";
import type { Timed, TimerWheel } from "./timer-wheel.ts";
import { UNWATCHED } from "./timer-wheel.ts";

/** Who uses a connection for one request. Every call comes on a fresh stack, never from inside the user's own call. */
export interface UpstreamUser {
  onConnected(connection: UpstreamConnection): void;
  onConnectFailed(failure: ExchangeFailure): void;
  /** No attempt could be made: this machine has nothing left to connect with. */
  onNoRoom(): void;
  /** `bytes[start..end)` are valid during the call only. */
  onUpstreamBytes(bytes: Buffer, start: number, end: number): void;
  /** No more will come: the upstream ended its side (`error` undefined) or the connection broke. */
  onUpstreamEnd(error: Error | undefined): void;
}

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** The connection is gone and must not be used any more. Exactly once. */
  onClosed(connection: UpstreamConnection): void;
  onSession(session: Buffer): void;
}

/** Where and how to connect. */
export interface Dial {
  readonly hostname: string;
  readonly port: number;
  readonly lookup: net.LookupFunction;
  /** undefined: no TLS. */
  readonly tls: EndpointTls | undefined;
  /** The TLS session to resume, if there is one. */
  readonly session: Buffer | undefined;
}

/** One connection to an endpoint, used by one request at a time. */
export class UpstreamConnection implements Timed, Sender {
  deadline = Infinity;
  tick = UNWATCHED;
  readonly socket: net.Socket;
  readonly place = new ReadingPlace();
  /** What it is asked has not left yet. */
  posted = false;
  /** How many requests it has been used for. */
  requests = 0;
  /** The request it works for; undefined: idle. */
  user: UpstreamUser | undefined;
  private readonly owner: ConnectionOwner;
  private readonly wheel: TimerWheel;
  private connected = false;
  private ended = false;
  private failure: ExchangeFailure = "connect_refused";
  private error: Error | undefined;

  constructor(dial: Dial, owner: ConnectionOwner, user: UpstreamUser, wheel: TimerWheel, connectDeadline: number) {
    this.owner = owner;
    this.user = user;
    this.wheel = wheel;
    this.socket = this.connect(dial);
    this.socket.on("end", () => this.onEnd());
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("close", () => this.onClose());
    wheel.watch(this, connectDeadline);
  }

  /** False once either side has ended it. */
  get usable(): boolean {
    return !this.ended && !this.socket.destroyed;
  }

  destroy(): void {
    this.user = undefined;
    this.socket.destroy();
  }

  onPosted(): void {
    this.posted = false;
  }

  /** The connect clock while connecting; afterwards the pool's idle clock. */
  onDeadline(): void {
    if (!this.connected) this.failure = "connect_timeout";
    this.socket.destroy();
  }

  private connect(dial: Dial): net.Socket {
    const common = { host: dial.hostname, port: dial.port, lookup: dial.lookup, noDelay: true, keepAlive: true };
    if (dial.tls === undefined) {
      const reading = onread(this.place, (bytes, length) => this.onBytes(bytes, length));
      return this.readingToTheEnd(net.connect({ ...common, onread: reading }, () => this.onConnect()));
    }
    try {
      return this.connectSecurely(common, dial.tls, dial.session);
    } catch (error) {
      // Whom to believe cannot be found out: nobody is.
      this.failure = "bad_certificate";
      return new net.Socket().destroy(error instanceof Error ? error : undefined);
    }
  }

  private connectSecurely(
    common: tls.ConnectionOptions,
    endpointTls: EndpointTls,
    session: Buffer | undefined,
  ): net.Socket {
    const { servername } = endpointTls;
    const options = {
      ...common,
      secureContext: endpointTls.secureContext(),
      ...(servername === undefined ? {} : { servername }),
      ...(session === undefined ? {} : { session }),
      ALPNProtocols: ["http/1.1"],
    };
    const socket = this.readingToTheEnd(tls.connect(options, () => this.onConnect()));
    socket.on("error", () => {
      if (socket.authorizationError) this.failure = "bad_certificate";
    });
    socket.on("session", (fresh) => this.owner.onSession(fresh));
    socket.on("data", (chunk: Buffer) => this.onBytes(chunk, chunk.length));
    return socket;
  }

  /**
   * A server that refuses an upload answers and closes. What we still write then fails before its answer has been read, and
   * a socket that fails destroys itself: this one reads first what has come.
   */
  private readingToTheEnd<S extends net.Socket>(socket: S): S {
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error) => {
      if (!isWriteFault(error)) return destroy(error);
      // A stream that has failed throws away what it reads. Plain sockets do not read through one.
      socket.push = (bytes: unknown) => !(bytes instanceof Buffer) || this.onBytes(bytes, bytes.length);
      // The first comes after the present round of reading, the second after a whole one.
      setImmediate(() => setImmediate(() => destroy(error)));
      return socket;
    };
    return socket;
  }

  private onConnect(): void {
    this.connected = true;
    this.deadline = Infinity;
    if (this.user === undefined) this.socket.destroy();
    else this.user.onConnected(this);
  }

  private onBytes(bytes: Buffer, length: number): boolean {
    // Bytes that no request has asked for: whatever they are, they must not reach the next one.
    if (this.user === undefined) this.socket.destroy();
    else this.user.onUpstreamBytes(bytes, 0, length);
    return true;
  }

  private onEnd(): void {
    this.ended = true;
    // Inside a TLS handshake it means that the endpoint takes no connection.
    if (this.connected) {
      const user = this.user;
      this.user = undefined;
      user?.onUpstreamEnd(undefined);
    }
    this.socket.destroy();
  }

  private onClose(): void {
    this.ended = true;
    this.wheel.forget(this);
    this.owner.onClosed(this);
    const user = this.user;
    this.user = undefined;
    if (user === undefined) return;
    if (this.connected) user.onUpstreamEnd(this.error ?? new Error("the connection closed"));
    else if (isForWantOfRoom(this.error)) user.onNoRoom();
    else user.onConnectFailed(this.failure);
  }
}

function isWriteFault(error: Error | undefined): boolean {
  return error !== undefined && "syscall" in error && error.syscall === "write";
}
