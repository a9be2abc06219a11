import type { ComponentChildren } from "preact";
import "./card.css";

interface CardProps {
  readonly label: string;
  readonly busy?: boolean;
  readonly children?: ComponentChildren;
}

/** A part of a page that stands by itself. */
export function Card({ label, busy, children }: CardProps) {
  return (
    <section class="card" aria-label={label} aria-busy={busy}>
      {children}
    </section>
  );
}
