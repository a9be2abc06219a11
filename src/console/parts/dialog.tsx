import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import "./dialog.css";

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** The buttons. */
  readonly actions: ComponentChildren;
  /** It shows more than a question. */
  readonly wide?: boolean;
  readonly onClose: () => void;
  /** Called when it is confirmed: by a button of type `submit`, or by Enter. */
  readonly onConfirm?: () => void;
}

/** A modal question. Escape closes it, and the focus goes back; what has `autofocus` gets it first. */
export function Dialog({ title, children, actions, wide = false, onClose, onConfirm }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // What opened it may have gone with what was done.
      const back = before instanceof HTMLElement && before.isConnected ? before : document.getElementById("page");
      back?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" data-wide={wide} aria-labelledby={heading} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm?.();
        }}
      >
        <h2 id={heading}>{title}</h2>
        <div class="dialog-body">{children}</div>
        <div class="dialog-actions">{actions}</div>
      </form>
    </dialog>
  );
}
