import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";

interface Reorder {
  /** The place of what is being dragged; undefined: nothing is. */
  readonly dragged: number | undefined;
  /** Where it would go. */
  readonly target: number | undefined;
  grab(event: PointerEvent, from: number): void;
}

/** Dragging the items of a list up and down, by mouse, pen or finger. */
export function useReorder(list: RefObject<HTMLElement>, onDrop: (from: number, to: number) => void): Reorder {
  const dragged = useSignal<number | undefined>(undefined);
  const target = useSignal<number | undefined>(undefined);
  const grab = (event: PointerEvent, from: number): void => {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const rows = [...(list.current?.children ?? [])];
    dragged.value = from;
    target.value = from;
    const move = ({ clientY }: PointerEvent): void => {
      const boxes = rows.map((row) => row.getBoundingClientRect());
      const under = boxes.findIndex(({ bottom }) => clientY < bottom);
      target.value = under < 0 ? rows.length - 1 : under;
    };
    const end = (ended: PointerEvent): void => {
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      const to = target.value;
      dragged.value = undefined;
      target.value = undefined;
      if (ended.type === "pointerup" && to !== undefined && to !== from) onDrop(from, to);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  };
  return { dragged: dragged.value, target: target.value, grab };
}
