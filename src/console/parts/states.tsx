import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import "./states.css";

/** While something is on its way. Shows itself only after a moment, so that what comes at once does not flicker. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="state loading" role="status">
      Loading {what} …
    </p>
  );
}

/** Where there is nothing: says so, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Where something could not be had. */
export function Failed({ message, again }: { readonly message: string; readonly again?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <p>{message}</p>
      {again !== undefined && <Button onClick={again}>Try again</Button>}
    </div>
  );
}
