import type { ComponentChildren } from "preact";
import "./page-head.css";

interface PageHeadProps {
  readonly title: string;
  /** What it is about, below the title. */
  readonly about?: ComponentChildren;
  /** Buttons, at the other end. */
  readonly actions?: ComponentChildren;
}

/** The head of a page. */
export function PageHead({ title, about, actions }: PageHeadProps) {
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        <p class="hint" role="status">
          {about}
        </p>
      </div>
      {actions !== undefined && <div class="page-actions">{actions}</div>}
    </header>
  );
}
