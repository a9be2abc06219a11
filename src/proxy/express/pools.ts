import type { Version } from "../../routing/rules.ts";
import { parseEndpoint } from "../endpoint.ts";
import { authoritiesOf, type Delivery, deliveryTo, type Surroundings } from "./delivery.ts";
import { Pool, type PoolContext } from "./pool.ts";

/**
 * The pools of all endpoints. A pool outlives edits of the rules: it belongs to the URL, not to the version object. It lives
 * for as long as a version or an open connection holds it.
 */
export class Pools {
  private readonly byUrl = new Map<string, WeakRef<Pool>>();
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

  closeIdle(): void {
    for (const pool of this.byUrl.values()) pool.deref()?.closeIdle();
  }

  private roll(sides: number): number {
    return sides === 1 ? 0 : Math.floor(this.dice() * sides);
  }

  private open(version: Version): Delivery {
    this.forgetCollected();
    const { servername } = version.tls ?? {};
    const ca = authoritiesOf(version, this.surroundings);
    const pools = version.endpoints.map((url) => {
      // The same URL with other certificates to believe is another place.
      const key = JSON.stringify([url, servername, ca]);
      const pool = this.byUrl.get(key)?.deref() ?? new Pool({ ...parseEndpoint(url), ca, servername }, this.context);
      this.byUrl.set(key, new WeakRef(pool));
      return pool;
    });
    const delivery = deliveryTo(version, pools, this.surroundings);
    this.byVersion.set(version, delivery);
    return delivery;
  }

  private forgetCollected(): void {
    for (const [url, pool] of this.byUrl) if (pool.deref() === undefined) this.byUrl.delete(url);
  }
}
