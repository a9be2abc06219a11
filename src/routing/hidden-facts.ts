import type { Customers, Route } from "./rules.ts";

/** The facts that are a person's, a key or a secret. */
export function hiddenFacts({ id }: Customers, { stickyBy }: Route): ReadonlySet<string> {
  const hidden = new Set(["customer", "header authorization", "header cookie", "header x-api-key", "header api-key"]);
  for (const source of [...id, ...stickyBy]) if (source.from === "header") hidden.add(`header ${source.name}`);
  return hidden;
}
