import type { Route } from "../routing/rules.ts";

/** Something of each version of each route. */
export class ByVersion<T> {
  private readonly routes = new Map<string, Map<string, T>>();

  get(route: string, version: string): T | undefined {
    return this.routes.get(route)?.get(version);
  }

  set(route: string, version: string, value: T): void {
    const versions = this.routes.get(route);
    if (versions === undefined) this.routes.set(route, new Map([[version, value]]));
    else versions.set(version, value);
  }

  delete(route: string, version: string): void {
    this.routes.get(route)?.delete(version);
  }

  /** Deletes all but those that `versionsOf` has of the routes. */
  keep(routes: readonly Route[], versionsOf: (route: Route) => readonly { readonly version: string }[]): void {
    for (const [name, versions] of this.routes) {
      const route = routes.find((one) => one.name === name);
      const kept = route === undefined ? [] : versionsOf(route);
      for (const version of versions.keys()) if (!kept.some((one) => one.version === version)) versions.delete(version);
      if (versions.size === 0) this.routes.delete(name);
    }
  }
}
