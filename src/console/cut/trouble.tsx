import type { Called } from "../api/call.ts";

/** How far a cut or a restoration has come. */
export type Order<T> = { readonly kind: "asking" } | { readonly kind: "busy" } | Called<T>;

/** Why it has not happened. */
export function Trouble({ called }: { readonly called: Order<unknown> }) {
  if (called.kind !== "refused" && called.kind !== "unreachable") return null;
  return (
    <p class="mistake" role="alert">
      {called.kind === "refused"
        ? called.message
        : "The router does not answer. Nothing is known to have changed: try again."}
    </p>
  );
}
