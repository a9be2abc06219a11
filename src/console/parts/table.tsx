import type { ComponentChildren } from "preact";
import "./table.css";

/** A table that scrolls sideways by itself on narrow screens. The caption is for screen readers. */
export function Table({ caption, children }: { readonly caption: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-place" tabIndex={0} aria-label={caption}>
      <table class="table">
        <caption class="unseen">{caption}</caption>
        {children}
      </table>
    </section>
  );
}
