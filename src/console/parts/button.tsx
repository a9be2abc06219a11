import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./button.css";

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  /** `danger` is for cutting only. */
  readonly look?: "plain" | "primary" | "quiet" | "danger";
  readonly type?: "button" | "submit";
  /** What screen readers say, where the text alone does not tell. */
  readonly label?: string;
  /** Why it cannot be used now. It can still be reached by keyboard, and says so. */
  readonly unavailable?: string | undefined;
  /** What it does is under way. */
  readonly busy?: boolean;
  /** Gets the focus when its dialog opens. */
  readonly focusFirst?: boolean;
}

export function Button({ children, onClick, look = "plain", type = "button", ...more }: ButtonProps) {
  const { label, unavailable, busy, focusFirst } = more;
  const why = useId();
  const off = unavailable !== undefined || busy === true;
  return (
    <span class="button-place">
      <button
        type={type}
        class={`button ${look}`}
        aria-label={label}
        autofocus={focusFirst}
        aria-disabled={off}
        aria-busy={busy}
        aria-describedby={unavailable === undefined ? undefined : why}
        onClick={(event) => {
          if (off) event.preventDefault();
          else onClick?.();
        }}
      >
        {children}
      </button>
      {unavailable !== undefined && (
        <span id={why} role="tooltip" class="why-not">
          {unavailable}
        </span>
      )}
    </span>
  );
}
