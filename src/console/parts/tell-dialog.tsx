import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface TellDialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** It shows more than a sentence. */
  readonly wide?: boolean;
  readonly onClose: () => void;
}

/** Something that is only told: there is nothing to choose. */
export function TellDialog({ title, children, wide = false, onClose }: TellDialogProps) {
  return (
    <Dialog
      title={title}
      wide={wide}
      onClose={onClose}
      onConfirm={onClose}
      actions={
        <Button look="primary" type="submit" focusFirst>
          Done
        </Button>
      }
    >
      {children}
    </Dialog>
  );
}
