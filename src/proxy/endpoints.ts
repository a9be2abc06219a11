import type { Version } from "../routing/rules.ts";

/** One base URL of a version, made ready for asking it. */
export interface Endpoint {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** What its `Host` header says. */
  readonly authority: string;
  /** Stands before the request's path; empty or `/…` without a slash at its end. */
  readonly prefix: string;
  /** Requests sent to it and not ended. */
  inFlight: number;
}

/**
 * Picks an endpoint of a version: the less busy of two random ones, which spreads nearly as well as the least busy of all
 * and does not send everybody to the one that was just added. Counts belong to the URL, so an edit of the rules keeps them.
 */
export class Endpoints {
  readonly #byUrl = new Map<string, Endpoint>();
  readonly #byVersion = new WeakMap<Version, readonly Endpoint[]>();
  readonly #dice: () => number;

  /** `dice`: a number from 0 up to, not with, 1. */
  constructor(dice: () => number = Math.random) {
    this.#dice = dice;
  }

  pick(version: Version): Endpoint {
    const all = this.#of(version);
    const i = Math.floor(this.#dice() * all.length);
    const one = all[i];
    const other = all.length < 2 ? one : all[(i + 1 + Math.floor(this.#dice() * (all.length - 1))) % all.length];
    if (one === undefined || other === undefined) throw new Error(`version "${version.version}" has no endpoints`);
    return other.inFlight < one.inFlight ? other : one;
  }

  #of(version: Version): readonly Endpoint[] {
    let endpoints = this.#byVersion.get(version);
    if (endpoints === undefined) {
      endpoints = version.endpoints.map((url) => this.#at(url));
      this.#byVersion.set(version, endpoints);
    }
    return endpoints;
  }

  #at(url: string): Endpoint {
    let endpoint = this.#byUrl.get(url);
    if (endpoint === undefined) {
      endpoint = parseEndpoint(url);
      this.#byUrl.set(url, endpoint);
    }
    return endpoint;
  }
}

function parseEndpoint(base: string): Endpoint {
  const url = new URL(base);
  const secure = url.protocol === "https:";
  return {
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    prefix: url.pathname.replace(/\/+$/, ""),
    inFlight: 0,
  };
}
