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

  /**
   * The less busy of two random endpoints: nearly as even as looking at all, and no herd runs to the emptiest one. Those that
   * are left out for their failures are only asked when all of them are.
   */
  choose(version: Version): Pool {
    const { pools } = this.deliveryTo(version);
    const first = pools[this.roll(pools.length)];
    const second = pools[this.roll(pools.length)];
    if (first === undefined || second === undefined) throw new RangeError(`version ${version.version} has no endpoint`);
    const chosen = second.inFlight < first.inFlight ? second : first;
    if (!chosen.health.isOut) return chosen;
    // It comes first here too: being the less busy one, it is the one whose trial may be due.
    if (chosen.health.mayBeAsked(this.context.now())) return chosen;
    return this.chooseOther(version, [chosen]) ?? chosen;
  }

  /**
   * The least busy of those that do well, or one whose trial is due; undefined: there is neither. For whom no endpoint is better
   * than a doubtful one.
   */
  chooseWell(version: Version): Pool | undefined {
    const { pools } = this.deliveryTo(version);
    const now = this.context.now();
    const trial = pools.find(({ health }) => health.isOut && health.mayBeAsked(now));
    if (trial !== undefined) return trial;
    const well = pools.filter(({ health }) => !health.isOut);
    return well.reduce<Pool | undefined>(
      (best, one) => (best && best.inFlight <= one.inFlight ? best : one),
      undefined,
    );
  }

  /** One that is none of `tried`, if there is any: better one that is not left out. */
  chooseOther(version: Version, tried: readonly Pool[]): Pool | undefined {
    const { pools } = this.deliveryTo(version);
    const now = this.context.now();
    const start = this.roll(pools.length);
    const others = [...pools.slice(start), ...pools.slice(0, start)].filter((pool) => !tried.includes(pool));
    return others.find(({ health }) => health.mayBeAsked(now)) ?? others[0];
  }

  /** The URLs of the version's endpoints that are left out at the moment. */
  leftOut(version: Version): string[] {
    const { pools } = this.deliveryTo(version);
    return version.endpoints.filter((_, i) => pools[i]?.health.isOut);
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
