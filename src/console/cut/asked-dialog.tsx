import { asked, closeAsked } from "./asked.ts";
import { CutDialog } from "./cut-dialog.tsx";
import { RestoreDialog } from "./restore-dialog.tsx";

/** The question that is open, if any. */
export function AskedDialog() {
  const now = asked.value;
  if (now === undefined) return null;
  if (now.kind === "cut") return <CutDialog candidate={now.candidate} onClose={closeAsked} />;
  return <RestoreDialog cut={now.cut} onClose={closeAsked} />;
}
