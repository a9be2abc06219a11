import type { LookupFunction } from "node:net";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointTls } from "../endpoint-tls.ts";
import { EndpointHealth } from "./endpoint-health.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import { type ConnectionOwner, UpstreamConnection, type UpstreamUser } from "./upstream-connection.ts";

export interface PoolSettings {
  /** Connections to one endpoint at the most; more requests than that wait in a queue. */
  readonly maxEndpointConnections: number;
  /** Requests that may wait; one more is refused at once. */
  readonly maxQueueLength: number;
  /** Milliseconds that a connection attempt may take. */
  readonly connectTimeout: number;
  /** Milliseconds an idle connection is kept. Below the 5 s of uvicorn and Node, so that we let go first. */
  readonly endpointKeepAliveTimeout: number;
}

/** What the pool needs of its lane. */
export interface PoolContext {
  readonly settings: PoolSettings;
  readonly wheel: TimerWheel;
  readonly lookup: LookupFunction;
  now(): number;
}

/** The connections to one endpoint. */
export class Pool implements ConnectionOwner {
  readonly endpoint: Endpoint;
  /** undefined: the endpoint does not speak TLS. */
  readonly tls: EndpointTls | undefined;
  /** Requests that hold or want a connection: what the choice between endpoints looks at. */
  inFlight = 0;
  readonly health = new EndpointHealth();
  private readonly context: PoolContext;
  /** The last used on top, so that what is not needed goes cold and expires. */
  private readonly idle: UpstreamConnection[] = [];
  /** In the order of coming. */
  private readonly waiting = new Set<UpstreamUser>();
  private readonly all = new Set<UpstreamConnection>();
  private session: Buffer | undefined;

  constructor(endpoint: Endpoint, tls: EndpointTls | undefined, context: PoolContext) {
    this.endpoint = endpoint;
    this.tls = tls;
    this.context = context;
  }

  /** Connections there are, busy or not. */
  get size(): number {
    return this.all.size;
  }

  /** An idle connection that has been used before, at once; undefined: there is none. */
  takeIdle(user: UpstreamUser): UpstreamConnection | undefined {
    for (;;) {
      const connection = this.idle.pop();
      if (connection === undefined) return undefined;
      if (!connection.usable) continue;
      connection.deadline = Infinity;
      connection.user = user;
      connection.requests++;
      return connection;
    }
  }

  /**
   * Gets a connection for `user`, who is told by `onConnected` or `onConnectFailed` later.
   * @returns false: too many are waiting already.
   */
  dial(user: UpstreamUser): boolean {
    if (this.all.size < this.context.settings.maxEndpointConnections) {
      this.open(user);
      return true;
    }
    if (this.waiting.size >= this.context.settings.maxQueueLength) return false;
    this.waiting.add(user);
    return true;
  }

  /** Whether the user still waits for a connection of others. */
  isQueued(user: UpstreamUser): boolean {
    return this.waiting.has(user);
  }

  /** The user does not want a connection any more that it has not got yet. */
  cancel(user: UpstreamUser): void {
    if (this.waiting.delete(user)) return;
    for (const connection of this.all) if (connection.user === user) connection.destroy();
  }

  /** The request is done and the connection can serve another one. `keepFor`: what the server said of its own patience, ms. */
  release(connection: UpstreamConnection, keepFor: number, now = this.context.now()): void {
    connection.user = undefined;
    if (!connection.usable) return;
    const next = this.nextWaiting();
    if (next !== undefined) {
      connection.user = next;
      connection.requests++;
      // Not at once: whoever releases is in the middle of its own work.
      queueMicrotask(() => {
        if (connection.user === next) next.onConnected(connection);
      });
      return;
    }
    this.idle.push(connection);
    const patience = Math.min(keepFor, this.context.settings.endpointKeepAliveTimeout);
    this.context.wheel.watch(connection, now + patience);
  }

  onClosed(connection: UpstreamConnection): void {
    this.all.delete(connection);
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    const next = this.nextWaiting();
    if (next !== undefined) this.open(next);
  }

  onSession(session: Buffer): void {
    this.session = session;
  }

  closeIdle(): void {
    for (const connection of this.idle.splice(0)) connection.destroy();
  }

  private open(user: UpstreamUser): void {
    const { hostname, port } = this.endpoint;
    const { wheel, lookup, settings } = this.context;
    const dial = { hostname, port, lookup, tls: this.tls, session: this.session };
    const deadline = this.context.now() + settings.connectTimeout;
    const connection = new UpstreamConnection(dial, this, user, wheel, deadline);
    connection.requests = 1;
    this.all.add(connection);
  }

  private nextWaiting(): UpstreamUser | undefined {
    for (const user of this.waiting) {
      this.waiting.delete(user);
      return user;
    }
    return undefined;
  }
}
