import type { Version } from "../../routing/rules.ts";
import { parseEndpoint } from "../endpoint.ts";
import { Pool, type PoolContext } from "./pool.ts";

/**
 * The pools of all endpoints. A pool outlives edits of the rules: it belongs to the URL, not to the version object. It lives
 * for as long as a version or an open connection holds it.
 */
export class Pools {
  private readonly byUrl = new Map<string, WeakRef<Pool>>();
  private readonly byVersion = new WeakMap<Version, readonly Pool[]>();
  private readonly context: PoolContext;
  private readonly dice: () => number;

  /** @param dice uniform in [0, 1). */
  constructor(context: PoolContext, dice: () => number) {
    this.context = context;
    this.dice = dice;
  }

  /** The less busy of two random endpoints: nearly as even as looking at all, and no herd runs to the emptiest one. */
  choose(version: Version): Pool {
    const pools = this.byVersion.get(version) ?? this.open(version);
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

  private open(version: Version): readonly Pool[] {
    this.forgetCollected();
    const pools = version.endpoints.map((url) => {
      const pool = this.byUrl.get(url)?.deref() ?? new Pool(parseEndpoint(url), this.context);
      this.byUrl.set(url, new WeakRef(pool));
      return pool;
    });
    this.byVersion.set(version, pools);
    return pools;
  }

  private forgetCollected(): void {
    for (const [url, pool] of this.byUrl) if (pool.deref() === undefined) this.byUrl.delete(url);
  }
}
