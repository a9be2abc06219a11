import { signal } from "@preact/signals";
import { Button } from "./button.tsx";
import "./toast.css";

interface Toast {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly text: string;
}

const shown = signal<readonly Toast[]>([]);
let last = 0;

/** Long enough to read a sentence twice. */
const DONE_MS = 8_000;

/** Says what has become of something. What failed stays until it is closed. */
export function say(kind: Toast["kind"], text: string): void {
  const id = ++last;
  shown.value = [...shown.value, { id, kind, text }];
  if (kind === "done") setTimeout(() => close(id), DONE_MS);
}

function close(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`}>
          <p>{text}</p>
          <Button look="quiet" label="Close this message" onClick={() => close(id)}>
            ✕
          </Button>
        </div>
      ))}
    </div>
  );
}
