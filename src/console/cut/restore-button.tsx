import type { CutNow } from "../api/answers.ts";
import { Button } from "../parts/button.tsx";
import { forbidden } from "../session.ts";
import { asked } from "./asked.ts";
import { nameOf } from "./name-of.ts";

/** Lifts a cut, for a reason. */
export function RestoreButton({ cut }: { readonly cut: CutNow }) {
  return (
    <Button
      label={`Restore ${nameOf(cut)} of ${cut.route}`}
      unavailable={forbidden("operator")}
      onClick={() => {
        asked.value = { kind: "restore", cut };
      }}
    >
      Restore …
    </Button>
  );
}
