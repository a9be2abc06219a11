import type { Version } from "../../routing/rules.ts";
import { type Endpoint, parseEndpoint } from "../endpoint.ts";
import { EndpointTls } from "../endpoint-tls.ts";
import { type Delivery, deliveryTo, type Surroundings } from "./delivery.ts";
import { Pool, type PoolContext } from "./pool.ts";

/**
 * The pools of all endpoints. A pool outlives edits of the rules: it belongs to the endpoint, not to the version object. It lives
 * for as long as a version or an open connection holds it.
 */
export class Pools {
  private readonly byEndpoint = new Map<string, WeakRef<Pool>>();
  private readonly byVersion = new WeakMap<Version, Delivery>();
  private readonly context: PoolContext;
  private readonly surroundings: Surroundings;
  private readonly dice: () => number;

  /** @param dice uniform in [0, 1). */
  constructor(context: PoolContext, surroundings: Surroundings, dice: () => number) {
    this.context = context;
    this.surroundings = surroundings;
    this.dice = dice;
  }

  deliveryTo(version: Version): Delivery {
    return this.byVersion.get(version) ?? this.open(version);
  }

  /** The less busy of two random endpoints: nearly as even as looking at all, and no herd runs to the emptiest one. */
  choose(version: Version): Pool {
    const { pools } = this.deliveryTo(version);
    const first = pools[this.roll(pools.length)];
    const second = pools[this.roll(pools.length)];
    if (first === undefined || second === undefined) throw new RangeError(`version ${version.version} has no endpoint`);
    return second.inFlight < first.inFlight ? second : first;
  }

  /** What there is now, of all endpoints together. */
  counts(): { readonly connections: number; readonly inFlight: number } {
    let [connections, inFlight] = [0, 0];
    for (const pool of this.byEndpoint.values()) {
      connections += pool.deref()?.size ?? 0;
      inFlight += pool.deref()?.inFlight ?? 0;
    }
    return { connections, inFlight };
  }

  closeIdle(): void {
    for (const pool of this.byEndpoint.values()) pool.deref()?.closeIdle();
  }

  private roll(sides: number): number {
    return sides === 1 ? 0 : Math.floor(this.dice() * sides);
  }

  private open(version: Version): Delivery {
    this.forgetCollected();
    const pools = version.endpoints.map((url) => {
      // The same URL with other certificates to believe is another place.
      const key = JSON.stringify([url, version.tls?.ca, version.tls?.servername]);
      const pool = this.byEndpoint.get(key)?.deref() ?? this.poolTo(parseEndpoint(url), version);
      this.byEndpoint.set(key, new WeakRef(pool));
      return pool;
    });
    const delivery = deliveryTo(version, pools, this.surroundings);
    this.byVersion.set(version, delivery);
    return delivery;
  }

  private poolTo(endpoint: Endpoint, version: Version): Pool {
    const { warn } = this.surroundings;
    const now = () => this.context.now();
    const tls = endpoint.secure ? new EndpointTls(endpoint.hostname, version.tls, now, warn) : undefined;
    return new Pool(endpoint, tls, this.context);
  }

  private forgetCollected(): void {
    for (const [key, pool] of this.byEndpoint) if (pool.deref() === undefined) this.byEndpoint.delete(key);
  }
}
